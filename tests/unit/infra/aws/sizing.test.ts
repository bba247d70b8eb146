import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { awsConfig } from "../../../../infra/config/aws";
import { readConfig } from "../../../../infra/config/read";
import { batchesAtOnce, checkAws, type Demands, sizeAws } from "../../../../infra/sizing";

const REGION = "us-east-1";
const IMAGE = `123456789012.dkr.ecr.${REGION}.amazonaws.com/sluice:1`;
const demands: Demands = { maxEventBytes: 64 * 1024, hasActions: true };
const endpoint = { inference: "endpoint", modelImage: IMAGE };

describe("the size of an AWS stack", () => {
  it("lets an on-demand stream grow four-fold before functions are held back", () => {
    expect(sizeAws(config({}))).toEqual({
      shards: undefined,
      parallelization: 2,
      reservedConcurrency: 32,
      memoryMb: 1769,
      endpoint: undefined,
    });
  });

  it("reserves for a provisioned stream what it can hand out", () => {
    const sizing = sizeAws(config({ streamMode: "provisioned", shards: "3", parallelization: "4" }));

    expect(sizing).toMatchObject({ shards: 3, reservedConcurrency: 12 });
  });

  it("reserves for an endpoint what it takes, and starts within the quota of a new account", () => {
    const sizing = sizeAws(config(endpoint));

    expect(sizing).toMatchObject({
      parallelization: 1,
      reservedConcurrency: 5,
      memoryMb: 512,
      endpoint: { memoryMb: 2048, maxConcurrency: 5, provisioned: undefined },
    });
  });

  it("reserves nothing if it is told so", () => {
    expect(sizeAws(config({ reservedConcurrency: "none" })).reservedConcurrency).toBeUndefined();
  });

  it("is right by default, in process and with an endpoint", () => {
    expect(mistakes({})).toEqual([]);
    expect(mistakes(endpoint)).toEqual([]);
  });

  it("keeps batches at once <= reserved concurrency <= the endpoint's concurrency in everything it lets pass", () => {
    const whole = (most: number) => fc.option(fc.integer({ min: 1, max: most }).map(String), { nil: undefined });
    const keys = fc.record({
      streamMode: fc.constantFrom("on-demand", "provisioned"),
      shards: whole(40),
      parallelization: whole(10),
      reservedConcurrency: fc.oneof(whole(300), fc.constant("none")),
      endpointMaxConcurrency: whole(200),
      provisionedConcurrency: whole(40),
      endpointProvisioned: whole(40),
    });

    fc.assert(
      fc.property(keys, fc.boolean(), (given, atEndpoint) => {
        const read = config({ ...given, ...(atEndpoint ? endpoint : {}) });
        fc.pre(checkAws(read, REGION, demands).length === 0);

        const sizing = sizeAws(read);
        const batches = batchesAtOnce(read, sizing.parallelization);
        const reserved = sizing.reservedConcurrency ?? Number.POSITIVE_INFINITY;
        expect(batches).toBeLessThanOrEqual(reserved);
        expect(read.provisionedConcurrency?.max ?? 0).toBeLessThanOrEqual(reserved);
        expect(sizing.shards === undefined).toBe(read.streamMode === "on-demand");
        if (!sizing.endpoint) return;
        const atOnce = read.streamMode === "on-demand" ? reserved : Math.min(reserved, batches);
        expect(atOnce).toBeLessThanOrEqual(sizing.endpoint.maxConcurrency);
        expect(sizing.endpoint.provisioned?.max ?? 0).toBeLessThanOrEqual(sizing.endpoint.maxConcurrency);
      }),
    );
  });
});

describe("a mistake in the size of an AWS stack", () => {
  it.each<[string, Given, RegExp]>([
    ["an on-demand stream with shards", { shards: "2" }, /^sluice:shards: an on-demand stream/],
    ["a provisioned stream without", { streamMode: "provisioned" }, /^sluice:shards: a provisioned stream needs/],
    [
      "events that fail outliving the stream",
      { maxRecordAgeSeconds: "86400" },
      /^sluice:maxRecordAgeSeconds: 86400 is not below the stream's retention of 24 hours/,
    ],
    [
      "no window for more than 10 records",
      { batchWindowSeconds: "0" },
      /^sluice:batchWindowSeconds: .*`batchSize` is 100\. Set it to 1 at least/,
    ],
    [
      "no time for a second attempt",
      { timeoutSeconds: "900", maxRecordAgeSeconds: "1000" },
      /^sluice:maxRecordAgeSeconds: 1000 leaves no time .* Raise it to 1800/,
    ],
    [
      "fewer functions than batches",
      { reservedConcurrency: "7" },
      /^sluice:reservedConcurrency: 7 is below the 8 batches .*\(4 shards x parallelization 2\).* Raise it to 8/,
    ],
    [
      "an endpoint that takes less than the stream hands out",
      { ...endpoint, parallelization: "2" },
      /^sluice:endpointMaxConcurrency: 5 is below the 8 batches/,
    ],
    [
      "more functions than the endpoint takes",
      { ...endpoint, reservedConcurrency: "6" },
      /^sluice:reservedConcurrency: 6 allows more than the 5 requests .* Lower it to 5/,
    ],
    [
      "unlimited functions on an endpoint",
      { ...endpoint, reservedConcurrency: "none" },
      /^sluice:reservedConcurrency: none allows more than the 5 requests/,
    ],
    [
      "more warm functions than functions",
      { provisionedConcurrency: "33" },
      /^sluice:provisionedConcurrency: 33 is more than the 32/,
    ],
    [
      "an endpoint warm for more than it takes",
      { ...endpoint, endpointProvisioned: '{"min":1,"max":6}' },
      /^sluice:endpointProvisioned: 6 is more than the 5/,
    ],
    ["an endpoint without an image", { inference: "endpoint" }, /^sluice:modelImage: an endpoint needs the image/],
    [
      "an image in another region",
      { ...endpoint, modelImage: IMAGE.replace(REGION, "eu-west-1") },
      /^sluice:modelImage: .* is not in us-east-1/,
    ],
    ["an image without an endpoint", { modelImage: IMAGE }, /^sluice:modelImage: there is no endpoint/],
    ["too little memory for a model", { memoryMb: "128" }, /^sluice:memoryMb: 128 is too little .* Raise it to 256/],
    [
      "a bucket both protected and emptied",
      { protect: "true", forceDestroy: "true" },
      /^sluice:forceDestroy: it contradicts `protect`/,
    ],
  ])("is %s", (_, given, message) => {
    const found = mistakes(given);

    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it("is to notify of actions that the pipeline does not have", () => {
    const found = mistakes({ notifyActions: "true" }, { ...demands, hasActions: false });

    expect(found).toEqual([expect.stringMatching(/^sluice:notifyActions: the pipeline has no actions/)]);
  });

  it("is a pipeline whose events no record holds", () => {
    const found = mistakes({}, { ...demands, maxEventBytes: 1024 * 1024 });

    expect(found).toEqual([expect.stringMatching(/^sluice:pipeline: .* is more than a Kinesis record holds/)]);
  });

  it("is told together with all others", () => {
    expect(mistakes({ shards: "2", batchWindowSeconds: "0", memoryMb: "128" })).toHaveLength(3);
  });
});

type Given = Record<string, string | undefined>;

function config(given: Given) {
  const raw = Object.entries({ cloud: "aws", ...given }).flatMap(([key, text]) =>
    text === undefined ? [] : [[`sluice:${key}`, text] as const],
  );
  const { config, problems } = readConfig(awsConfig, Object.fromEntries(raw));
  if (config === undefined) throw problems[0];
  return config;
}

function mistakes(given: Given, asked = demands): string[] {
  return checkAws(config(given), REGION, asked).map(({ message }) => message);
}
