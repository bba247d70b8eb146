import { readdirSync } from "node:fs";
import { afterAll, describe, expect, it } from "@jest/globals";
import { RunError, runtime } from "@pulumi/pulumi";
import { PROJECT, record } from "./recorder";
import { CLOUD_RUN, IMAGE } from "./stack";

const program = require("../../../infra") as () => Promise<unknown>;

describe("the program, on Google Cloud,", () => {
  afterAll(() => runtime.setAllConfig({}, []));

  it.each<[string, Record<string, string>, RegExp]>([
    ["an unknown inference mode", { inference: "gpu" }, /sluice:inference: "gpu" is not one of in-process or endpoint/],
    [
      "an answer that comes too late",
      { timeoutSeconds: "300" },
      /sluice:ackDeadlineSeconds: 90 is less than 10 seconds above .* Raise it to 310 at least/,
    ],
    ["a model that is not there", { model: "missing.onnx" }, /sluice:model: there is no file "missing\.onnx"/],
    ["a pipeline that is not there", { pipeline: "missing.ts" }, /sluice:pipeline: there is no file "missing\.ts"/],
    ["an endpoint without an image", { inference: "endpoint" }, /sluice:modelImage: an endpoint needs the image/],
    [
      "a mistyped key",
      { concurency: "8" },
      /sluice:concurency: there is no such key\. Did you mean `sluice:concurrency`\?/,
    ],
    [
      "a key of another cloud",
      { shards: "2" },
      /sluice:shards: there is no such key\. The keys are ackDeadlineSeconds,/,
    ],
    [
      "a region that is none",
      { "gcp:region": "us-centrl1" },
      /gcp:region: .* Did you mean `gcp:region: us-central1`\?/,
    ],
    ["no project", { "gcp:project": "" }, /gcp:project: "" is not the id of a project/],
  ])("ends for %s with one message, before any resource", async (_, given, message) => {
    configure(given);

    const { resources, result: thrown } = await record(() => program().catch((thrown: unknown) => thrown));

    expect(RunError.isInstance(thrown)).toBe(true);
    expect((thrown as Error).message).toMatch(message);
    expect(resources).toEqual([]);
  });

  it("tells all mistakes at once, under the stack's file", async () => {
    configure({ modelImage: IMAGE, retries: "4", protect: "true", forceDestroy: "true", "gcp:project": "42" });

    const thrown = await program().catch((thrown: unknown) => thrown);

    expect((thrown as Error).message.split("\n")).toEqual([
      "Pulumi.gcp.yaml has 4 mistakes:",
      expect.stringMatching(/^ {2}gcp:project: "42"/),
      expect.stringMatching(/^ {2}sluice:retries: /),
      expect.stringMatching(/^ {2}sluice:modelImage: /),
      expect.stringMatching(/^ {2}sluice:forceDestroy: /),
    ]);
  });

  it("bundles the code itself, at a path that is the same on every machine", async () => {
    configure(CLOUD_RUN);

    const { resources } = await record(program);

    const { source, name } = resources.find((one) => one.name === "sluice-gcp-source")!.inputs;
    const folder = await source.path;
    expect(folder).toMatch(/^\.sluice\/build\/gcp\/[0-9a-f]+$/);
    expect(name).toMatch(/^function-[0-9a-f]+\.zip$/);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["function", "package.json"]));
  });

  it("imports no SDK from its root, and no other cloud's", () => {
    const loaded = Object.keys(require.cache);
    const own = loaded.flatMap((file) => file.split("/node_modules/@pulumi/gcp/")[1] ?? []);

    expect(own).toContain("pubsub/index.js");
    expect(own).not.toContain("index.js");
    expect(loaded.filter((file) => file.includes("/node_modules/@pulumi/aws/"))).toEqual([]);
  });
});

function configure(given: Record<string, string>): void {
  const keys = Object.entries({ cloud: "gcp", "gcp:project": PROJECT, "gcp:region": "us-central1", ...given });
  runtime.setAllConfig(
    Object.fromEntries(keys.map(([key, text]) => [key.includes(":") ? key : `sluice:${key}`, text])),
    [],
  );
}
