import { existsSync, readdirSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { COMMON_MISTAKES, configuredProgram, program } from "../program";
import { record } from "./recorder";
import { IMAGE } from "./stack";

const { run, mistakes, refusalTests } = configuredProgram(record, { cloud: "aws", "aws:region": "us-east-1" });

describe("the program", () => {
  it("is a function by itself: a default export would not be called, and a program without resources deletes all", () => {
    expect(typeof program).toBe("function");
  });

  refusalTests([
    ...COMMON_MISTAKES,
    ["no shards", { streamMode: "provisioned", shards: "0" }, /sluice:shards: "0" is not a whole number from 1 to/],
    [
      "less reserved concurrency than shards",
      { streamMode: "provisioned", shards: "4", reservedConcurrency: "3" },
      /sluice:reservedConcurrency: 3 is below the 8 batches .* Raise it to 8 at least/,
    ],
    ["a mistyped key", { shard: "2" }, /sluice:shard: there is no such key\. Did you mean `sluice:shards`\?/],
    ["a cloud that is none", { cloud: "ibm" }, /sluice:cloud: "ibm" is not one of aws, gcp or azure/],
    ["a region that is none", { "aws:region": "us-est-1" }, /aws:region: "us-est-1" is not a region of AWS/],
    ["no region", { "aws:region": "" }, /aws:region: "" is not a region of AWS/],
  ]);

  it("tells all mistakes at once, under the stack's file", async () => {
    const lines = await mistakes({
      modelImage: IMAGE,
      shards: "2",
      protect: "true",
      forceDestroy: "true",
      "aws:region": "moon",
    });

    expect(lines).toEqual([
      "Pulumi.aws.yaml has 4 mistakes:",
      expect.stringMatching(/^ {2}aws:region: "moon"/),
      expect.stringMatching(/^ {2}sluice:shards: /),
      expect.stringMatching(/^ {2}sluice:modelImage: /),
      expect.stringMatching(/^ {2}sluice:forceDestroy: /),
    ]);
  });

  it("bundles the code and packs the model itself, at paths that are the same on every machine", async () => {
    const resources = await run({ inference: "endpoint", modelImage: IMAGE });

    const inputs = (name: string) => resources.find((one) => one.name === `sluice-aws-${name}`)?.inputs;
    const folder = await inputs("function").code.path;
    const model = await inputs("model-object").source.path;
    expect(folder).toMatch(/^\.sluice\/build\/aws\/[0-9a-f]+$/);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["index.mjs", "manifest.json"]));
    expect(model).toMatch(/^\.sluice\/build\/aws\/model-[0-9a-f]+\.tar\.gz$/);
    expect(existsSync(model)).toBe(true);
  });

  it("imports no SDK from its root", () => {
    const loaded = Object.keys(require.cache).flatMap((file) => file.split("/node_modules/@pulumi/aws/")[1] ?? []);

    expect(loaded).toContain("kinesis/index.js");
    expect(loaded).not.toContain("index.js");
  });
});
