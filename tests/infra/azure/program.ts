import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "@jest/globals";
import { RunError, runtime } from "@pulumi/pulumi";
import { unzipSync } from "fflate";
import { record, SUBSCRIPTION } from "./recorder";
import { CONTAINER_APP, IMAGE } from "./stack";

const program = require("../../../infra") as () => Promise<unknown>;

describe("the program, on Azure,", () => {
  afterAll(() => runtime.setAllConfig({}, []));

  it.each<[string, Record<string, string>, RegExp]>([
    ["an unknown inference mode", { inference: "gpu" }, /sluice:inference: "gpu" is not one of in-process or endpoint/],
    [
      "attempts that outlast the hub",
      { retries: "100", maxBackoffSeconds: "3600" },
      /sluice:retentionHours: 24 is over before the \d+ hours that all attempts of a batch may take.* Raise it to \d+ at least/,
    ],
    ["a model that is not there", { model: "missing.onnx" }, /sluice:model: there is no file "missing\.onnx"/],
    ["a pipeline that is not there", { pipeline: "missing.ts" }, /sluice:pipeline: there is no file "missing\.ts"/],
    ["an endpoint without an image", { inference: "endpoint" }, /sluice:modelImage: an endpoint needs the image/],
    [
      "a mistyped key",
      { partition: "8" },
      /sluice:partition: there is no such key\. Did you mean `sluice:partitions`\?/,
    ],
    ["a key of another cloud", { shards: "2" }, /sluice:shards: there is no such key\. The keys are alarmEmail,/],
    [
      "a region that is none",
      { "azure-native:location": "westeurpe" },
      /azure-native:location: .* Did you mean `azure-native:location: westeurope`\?/,
    ],
    ["no subscription", { "azure-native:subscriptionId": "" }, /azure-native:subscriptionId: "" is not the id/],
  ])("ends for %s with one message, before any resource", async (_, given, message) => {
    configure(given);

    const { resources, result: thrown } = await record(() => program().catch((thrown: unknown) => thrown));

    expect(RunError.isInstance(thrown)).toBe(true);
    expect((thrown as Error).message).toMatch(message);
    expect(resources).toEqual([]);
  });

  it("tells all mistakes at once, under the stack's file", async () => {
    configure({
      modelImage: IMAGE,
      minInstances: "9",
      protect: "true",
      forceDestroy: "true",
      "azure-native:subscriptionId": "42",
    });

    const thrown = await program().catch((thrown: unknown) => thrown);

    expect((thrown as Error).message.split("\n")).toEqual([
      "Pulumi.azure.yaml has 4 mistakes:",
      expect.stringMatching(/^ {2}azure-native:subscriptionId: "42"/),
      expect.stringMatching(/^ {2}sluice:minInstances: /),
      expect.stringMatching(/^ {2}sluice:modelImage: /),
      expect.stringMatching(/^ {2}sluice:forceDestroy: /),
    ]);
  });

  it("bundles the code itself, at a path that is the same on every machine, with the configured host", async () => {
    configure({ ...CONTAINER_APP, batchSize: "400", timeoutSeconds: "120" });

    const { resources } = await record(program);

    const { file, sha256 } = resources.find((one) => one.name === "sluice-azure-code")!.inputs;
    expect(file).toMatch(/^\.sluice\/build\/azure\/[0-9a-f]+\.zip$/);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(existsSync(file)).toBe(true);
    const files = unzipSync(readFileSync(file));
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(["host.json", "index.cjs", "package.json", "function/index.mjs"]),
    );
    const host = JSON.parse(Buffer.from(files["host.json"]!).toString());
    expect(host.functionTimeout).toBe("00:02:00");
    expect(host.extensions.eventHubs).toMatchObject({ maxEventBatchSize: 400, prefetchCount: 400 });
  });

  it("imports no SDK from its root, and no other cloud's", () => {
    const loaded = Object.keys(require.cache);
    const own = loaded.flatMap((file) => file.split("/node_modules/@pulumi/azure-native/")[1] ?? []);

    expect(own).toContain("eventhub/index.js");
    expect(own).not.toContain("index.js");
    expect(loaded.filter((file) => /\/node_modules\/@pulumi\/(?:aws|gcp)\//.test(file))).toEqual([]);
  });
});

function configure(given: Record<string, string>): void {
  const keys = Object.entries({
    cloud: "azure",
    "azure-native:subscriptionId": SUBSCRIPTION,
    "azure-native:location": "westeurope",
    ...given,
  });
  runtime.setAllConfig(
    Object.fromEntries(keys.map(([key, text]) => [key.includes(":") ? key : `sluice:${key}`, text])),
    [],
  );
}
