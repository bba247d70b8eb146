import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { unzipSync } from "fflate";
import { COMMON_MISTAKES, configuredProgram } from "../program";
import { record, SUBSCRIPTION } from "./recorder";
import { CONTAINER_APP, IMAGE } from "./stack";

const { run, mistakes, refusalTests } = configuredProgram(record, {
  cloud: "azure",
  "azure-native:subscriptionId": SUBSCRIPTION,
  "azure-native:location": "westeurope",
});

describe("the program, on Azure,", () => {
  refusalTests([
    ...COMMON_MISTAKES,
    [
      "attempts that outlast the hub",
      { retries: "100", maxBackoffSeconds: "3600" },
      /sluice:retentionHours: 24 is over before the \d+ hours that all attempts of a batch may take.* Raise it to \d+ at least/,
    ],
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
  ]);

  it("tells all mistakes at once, under the stack's file", async () => {
    const lines = await mistakes({
      modelImage: IMAGE,
      minInstances: "9",
      protect: "true",
      forceDestroy: "true",
      "azure-native:subscriptionId": "42",
    });

    expect(lines).toEqual([
      "Pulumi.azure.yaml has 4 mistakes:",
      expect.stringMatching(/^ {2}azure-native:subscriptionId: "42"/),
      expect.stringMatching(/^ {2}sluice:minInstances: /),
      expect.stringMatching(/^ {2}sluice:modelImage: /),
      expect.stringMatching(/^ {2}sluice:forceDestroy: /),
    ]);
  });

  it("bundles the code itself, at a path that is the same on every machine, with the configured host", async () => {
    const resources = await run({ ...CONTAINER_APP, batchSize: "400", timeoutSeconds: "120" });

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
