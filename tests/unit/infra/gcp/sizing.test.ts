import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { gcpConfig } from "../../../../infra/config/gcp";
import { readConfig } from "../../../../infra/config/read";
import { checkGcp, type Demands, sizeGcp } from "../../../../infra/sizing";

const REGION = "us-central1";
const IMAGE = `${REGION}-docker.pkg.dev/my-project-123/sluice/model-server:1`;
const demands: Demands = { maxEventBytes: 64 * 1024, hasActions: true };
const endpoint = { inference: "endpoint", modelImage: IMAGE };
const vertex = { ...endpoint, endpointType: "vertex" };

describe("the size of a Google Cloud stack", () => {
  it("has memory for the model in process, and attempts as Pub/Sub counts them", () => {
    expect(sizeGcp(config({}))).toEqual({ memoryMb: 1024, deliveryAttempts: 11, model: undefined });
  });

  it("goes down to no model server on Cloud Run", () => {
    const sizing = sizeGcp(config(endpoint));

    expect(sizing).toMatchObject({
      memoryMb: 512,
      model: { type: "cloud-run", minInstances: 0, maxInstances: 10, concurrency: 20, memoryMb: 1024 },
    });
  });

  it("keeps one model server on Vertex AI, which knows no less", () => {
    const sizing = sizeGcp(config(vertex));

    expect(sizing.model).toEqual({ type: "vertex", minInstances: 1, maxInstances: 2, machine: "n1-standard-2" });
  });

  it.each([endpoint, vertex])("lets the most model servers follow the fewest", (given) => {
    expect(sizeGcp(config({ ...given, endpointMinInstances: "12" })).model?.maxInstances).toBe(12);
  });

  it("is right by default, in process and with either endpoint", () => {
    expect([{}, endpoint, vertex].map((given) => mistakes(given))).toEqual([[], [], []]);
  });

  it("answers within the deadline, with a whole CPU for many messages, in everything it lets pass", () => {
    const whole = (least: number, most: number) =>
      fc.option(fc.integer({ min: least, max: most }).map(String), { nil: undefined });
    const keys = fc.record({
      timeoutSeconds: whole(10, 590),
      ackDeadlineSeconds: whole(10, 600),
      retries: whole(4, 99),
      minBackoffSeconds: whole(0, 600),
      maxBackoffSeconds: whole(0, 600),
      concurrency: whole(1, 100),
      cpu: fc.constantFrom("0.25", "0.5", "1", "2", "4", "8"),
      memoryMb: whole(256, 32_768),
      minInstances: whole(0, 50),
      maxInstances: whole(1, 50),
    });

    fc.assert(
      fc.property(keys, fc.constantFrom({}, endpoint, vertex), (given, model) => {
        const read = config({ ...given, ...model });
        fc.pre(checkGcp(read, REGION, demands).length === 0);

        const { deliveryAttempts } = sizeGcp(read);
        expect(read.timeoutSeconds).toBeLessThan(read.ackDeadlineSeconds);
        expect(deliveryAttempts).toBeGreaterThanOrEqual(10);
        expect(deliveryAttempts).toBeLessThanOrEqual(100);
        expect(read.minBackoffSeconds).toBeLessThanOrEqual(read.maxBackoffSeconds);
        expect(read.concurrency === 1 || read.cpu >= 1).toBe(true);
        expect(read.minInstances).toBeLessThanOrEqual(read.maxInstances);
        expect(read.maxInstances * read.concurrency).toBeGreaterThanOrEqual(20);
      }),
    );
  });
});

describe("a mistake in the size of a Google Cloud stack", () => {
  it.each<[string, Given, RegExp]>([
    [
      "an answer that comes when the message is sent again",
      { timeoutSeconds: "85" },
      /^sluice:ackDeadlineSeconds: 90 is less than 10 seconds above `timeoutSeconds` of 85: .* Raise it to 95 at least/,
    ],
    [
      "a run that no deadline leaves time for",
      { timeoutSeconds: "590", ackDeadlineSeconds: "599" },
      /^sluice:ackDeadlineSeconds: 599 is less .* Raise it to 600 at least/,
    ],
    ["few attempts", { retries: "8" }, /^sluice:retries: 8 makes dead letters of good messages: .* Raise it to 9/],
    ["no pause before the next attempt", { minBackoffSeconds: "0" }, /^sluice:minBackoffSeconds: 0 uses up .* to 10/],
    [
      "pauses that shrink",
      { minBackoffSeconds: "60", maxBackoffSeconds: "30" },
      /^sluice:maxBackoffSeconds: 30 is below `minBackoffSeconds` of 60/,
    ],
    [
      "many messages on part of a CPU",
      { cpu: "0.5", memoryMb: "512" },
      /^sluice:cpu: 0\.5 takes one message at a time, and `concurrency` is 80\. Raise it to 1/,
    ],
    [
      "more memory than the CPU takes",
      { memoryMb: "8192" },
      /^sluice:memoryMb: 8192 MB does not go with 1 CPU, .*4096/,
    ],
    ["less memory than the CPUs need", { cpu: "4" }, /^sluice:cpu: 1024 MB does not go with 4 CPU, which takes 2048/],
    ["more warm instances than instances", { minInstances: "21" }, /^sluice:minInstances: 21 is more than the 20/],
    [
      "refusing as a rule",
      { maxInstances: "2", concurrency: "4" },
      /^sluice:maxInstances: 2 x `concurrency` 4 takes 8 messages at a time: .* Raise it to 5 at least/,
    ],
    ["an endpoint without an image", { inference: "endpoint" }, /^sluice:modelImage: an endpoint needs the image/],
    [
      "an image that Vertex AI cannot pull",
      { ...vertex, modelImage: IMAGE.replace(REGION, "europe-west1") },
      /^sluice:modelImage: .* is not in us-central1/,
    ],
    [
      "no model server on Vertex AI",
      { ...vertex, endpointMinInstances: "0" },
      /^sluice:endpointMinInstances: Vertex AI keeps one model server at least\. Set it to 1/,
    ],
    [
      "more warm model servers than model servers",
      { ...endpoint, endpointMinInstances: "5", endpointMaxInstances: "4" },
      /^sluice:endpointMinInstances: 5 is more than the 4/,
    ],
    ["memory on Vertex AI", { ...vertex, endpointMemoryMb: "2048" }, /^sluice:endpointMemoryMb: on Vertex AI/],
    ["concurrency on Vertex AI", { ...vertex, endpointConcurrency: "8" }, /^sluice:endpointConcurrency: Vertex AI/],
    ["a machine on Cloud Run", { ...endpoint, endpointMachine: "n1-standard-2" }, /^sluice:endpointMachine: Cloud Run/],
    [
      "too much memory on Cloud Run",
      { ...endpoint, endpointMemoryMb: "8192" },
      /^sluice:endpointMemoryMb: 8192 MB does/,
    ],
    ["an image without an endpoint", { modelImage: IMAGE }, /^sluice:modelImage: there is no endpoint/],
    ["a kind of endpoint without one", { endpointType: "vertex" }, /^sluice:endpointType: there is no endpoint/],
    ["too little memory for a model", { memoryMb: "256" }, /^sluice:memoryMb: 256 is too little .* Raise it to 512/],
    [
      "a bucket both protected and emptied",
      { protect: "true", forceDestroy: "true" },
      /^sluice:forceDestroy: it contradicts `protect`/,
    ],
    [
      "days of a table that is not there",
      { bigquery: "false", bigqueryDays: "9" },
      /^sluice:bigqueryDays: there is no/,
    ],
    ["a budget of nobody's", { monthlyBudgetUsd: "50" }, /^sluice:billingAccount: a budget needs it\. Write the one/],
    [
      "a billing account for nothing",
      { billingAccount: "01AB23-45CD67-89EF01" },
      /^sluice:billingAccount: only a budget needs it/,
    ],
  ])("is %s", (_, given, message) => {
    const found = mistakes(given);

    expect(found).toEqual([expect.stringMatching(message)]);
  });

  it("is not an image that all of the continent is served from", () => {
    expect(mistakes({ ...vertex, modelImage: IMAGE.replace(REGION, "us") })).toEqual([]);
  });

  it("is a pipeline whose events no dead letter holds", () => {
    const found = mistakes({}, { ...demands, maxEventBytes: 10 * 1024 * 1024 });

    expect(found).toEqual([expect.stringMatching(/^sluice:pipeline: .* is more than a dead letter in Pub\/Sub holds/)]);
  });

  it("is told together with all others", () => {
    expect(mistakes({ retries: "4", minBackoffSeconds: "5", memoryMb: "256" })).toHaveLength(3);
  });
});

type Given = Record<string, string | undefined>;

function config(given: Given) {
  const raw = Object.entries({ cloud: "gcp", ...given }).flatMap(([key, text]) =>
    text === undefined ? [] : [[`sluice:${key}`, text] as const],
  );
  const { config, problems } = readConfig(gcpConfig, Object.fromEntries(raw));
  if (config === undefined) throw problems[0];
  return config;
}

function mistakes(given: Given, asked = demands): string[] {
  return checkGcp(config(given), REGION, asked).map(({ message }) => message);
}
