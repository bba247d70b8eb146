import { describe, expect, it } from "@jest/globals";
import { awsConfig } from "../../../../infra/config/aws";
import { chooseCloud } from "../../../../infra/config/cloud";
import { ConfigProblems } from "../../../../infra/config/problems";
import { readConfig } from "../../../../infra/config/read";

describe("reading a stack's configuration", () => {
  it("fills in the defaults", () => {
    const { config } = readConfig(awsConfig, { "sluice:cloud": "aws" });

    expect(config).toMatchObject({
      pipeline: "examples/card-fraud/pipeline.ts",
      inference: "in-process",
      streamMode: "on-demand",
      batchSize: 100,
      batchWindowSeconds: 1,
      retries: 10,
      maxRecordAgeSeconds: 3600,
      archive: true,
      tracing: true,
      protect: false,
      tags: {},
    });
  });

  it("leaves the keys of other namespaces to the providers", () => {
    const { problems } = readConfig(awsConfig, { "sluice:cloud": "aws", "aws:profile": "dev", "other:shards": "x" });

    expect(problems).toBeUndefined();
  });

  it("names the key, the value and a fix of each mistake, all of them at once", () => {
    const { problems = [] } = readConfig(awsConfig, {
      "sluice:cloud": "aws",
      "sluice:batchSize": "0",
      "sluice:inference": "gpu",
      "sluice:shard": "2",
    });

    expect(problems.map(({ message }) => message).toSorted()).toEqual([
      'sluice:batchSize: "0" is not a whole number from 1 to 10000. Write `sluice:batchSize: 100`, for example.',
      'sluice:inference: "gpu" is not one of in-process or endpoint. Write `sluice:inference: in-process`, for example.',
      "sluice:shard: there is no such key. Did you mean `sluice:shards`?",
    ]);
  });

  it("lists the keys where a mistyped one is like none", () => {
    const { problems = [] } = readConfig(awsConfig, { "sluice:cloud": "aws", "sluice:flavor": "red" });

    expect(problems[0]?.fix).toMatch(/^The keys are accessLogBucket, alarmEmail, archive, /);
  });

  it("does not show the whole of a long value", () => {
    const { problems = [] } = readConfig(awsConfig, { "sluice:cloud": "aws", "sluice:batchSize": "9".repeat(10_000) });

    expect(problems[0]?.message.length).toBeLessThan(250);
  });

  it.each(Object.keys(awsConfig.shape))("documents %s, with an example that is taken", (key) => {
    const { description, example } = awsConfig.shape[key as keyof typeof awsConfig.shape].meta() ?? {};

    expect(description).toMatch(/^\S.*[^.]$/);
    const text = String(example).replace(/(\w+): /g, '"$1": ');
    expect(readConfig(awsConfig, { "sluice:cloud": "aws", [`sluice:${key}`]: text }).problems).toBeUndefined();
  });
});

describe("choosing the cloud", () => {
  it("is the one that is named", () => {
    expect(chooseCloud({ project: "sluice", stack: "aws" }, { "sluice:cloud": "aws" })).toBe("aws");
  });

  it.each([
    [{}, /sluice:cloud: it is missing\. Write `sluice:cloud: aws`/],
    [{ "sluice:cloud": "ibm" }, /sluice:cloud: "ibm" is not one of aws, gcp or azure/],
  ])("refuses %j", (raw, message) => {
    const choice = () => chooseCloud({ project: "sluice", stack: "prod" }, raw as Record<string, string>);

    expect(choice).toThrow(ConfigProblems);
    expect(choice).toThrow(message);
    expect(choice).toThrow(/^Pulumi\.prod\.yaml has 1 mistake:\n {2}/);
  });
});
