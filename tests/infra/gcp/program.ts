import { readdirSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { COMMON_MISTAKES, configuredProgram } from "../program";
import { PROJECT, record } from "./recorder";
import { CLOUD_RUN, IMAGE } from "./stack";

const { run, mistakes, refusalTests } = configuredProgram(record, {
  cloud: "gcp",
  "gcp:project": PROJECT,
  "gcp:region": "us-central1",
});

describe("the program, on Google Cloud,", () => {
  refusalTests([
    ...COMMON_MISTAKES,
    [
      "an answer that comes too late",
      { timeoutSeconds: "300" },
      /sluice:ackDeadlineSeconds: 90 is less than 10 seconds above .* Raise it to 310 at least/,
    ],
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
  ]);

  it("tells all mistakes at once, under the stack's file", async () => {
    const lines = await mistakes({
      modelImage: IMAGE,
      retries: "4",
      protect: "true",
      forceDestroy: "true",
      "gcp:project": "42",
    });

    expect(lines).toEqual([
      "Pulumi.gcp.yaml has 4 mistakes:",
      expect.stringMatching(/^ {2}gcp:project: "42"/),
      expect.stringMatching(/^ {2}sluice:retries: /),
      expect.stringMatching(/^ {2}sluice:modelImage: /),
      expect.stringMatching(/^ {2}sluice:forceDestroy: /),
    ]);
  });

  it("bundles the code itself, at a path that is the same on every machine", async () => {
    const resources = await run(CLOUD_RUN);

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
