import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "@jest/globals";
import { ConfigError, SluiceError } from "sluice";
import { awsDeadLetters } from "../../../../adapters/aws/deadletter";
import { createHandler, DEAD_LETTERS, type HandlerOptions } from "../../../../functions/aws/compose";
import type { Settings } from "../../../../functions/aws/settings";
import { kinesisEvent, sequenceNumber } from "../../../support/kinesis-event";
import { manualClock } from "../../../support/manual-clock";
import { memoryInfer } from "../../../support/memory/infer";
import { event, json, quietPipeline, testPipeline } from "../../../support/records";

const SETTINGS: Settings = {
  table: "predictions",
  bucket: "letters",
  bus: "bus",
  endpoint: undefined,
  ttlDays: undefined,
  ndjsonPrefix: undefined,
  latest: false,
};

/** The memory model scores 0.92 for it. */
const ALERTING = 22.5;

const PLENTY = { getRemainingTimeInMillis: () => 60_000 };

describe("the function", () => {
  it("stores what it scores and answers that nothing has to come again", async () => {
    const { handler, sent } = await setting();

    const answer = await handler(kinesisEvent([1, 2, 3].map((number) => json(event(number)))), PLENTY);

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(sent.dynamodb.flatMap(({ RequestItems }) => RequestItems["predictions"])).toHaveLength(3);
    expect([sent.s3, sent.eventbridge]).toEqual([[], []]);
  });

  it("keeps what can never succeed in the bucket, and stores the rest", async () => {
    const { handler, sent } = await setting();

    const answer = await handler(kinesisEvent([json(event(1)), "{", json(event(2))]), PLENTY);

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(sent.dynamodb.flatMap(({ RequestItems }) => RequestItems["predictions"])).toHaveLength(2);
    expect(sent.s3.map(({ Bucket }) => Bucket)).toEqual(["letters"]);
  });

  it("publishes the actions that a prediction calls for", async () => {
    const { handler, sent } = await setting();

    await handler(kinesisEvent([json(event(1, { amount: ALERTING })), json(event(2))]), PLENTY);
    const entries = sent.eventbridge.flatMap(({ Entries }) => Entries);

    expect(entries).toEqual([expect.objectContaining({ EventBusName: "bus", DetailType: "alert" })]);
  });

  it("asks for the batch again, from the first record that could not be stored", async () => {
    const { handler, clock } = await setting({ dynamodb: () => fail("ProvisionedThroughputExceededException") });

    const answer = await handler(kinesisEvent([json(event(1)), json(event(2))]), PLENTY);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceNumber(0) }] });
    expect(clock.asked()).toBeGreaterThan(0);
  });

  it("stops two seconds before its time is up, and answers", async () => {
    const { handler, sent } = await setting();

    const answer = await handler(kinesisEvent([json(event(1))]), { getRemainingTimeInMillis: () => 2_000 });

    expect(answer.batchItemFailures).toHaveLength(1);
    expect(sent.dynamodb).toEqual([]);
  });

  it("tells its metrics in one line per batch", async () => {
    const told: string[] = [];
    const { handler } = await setting({ telemetry: ({ type }) => told.push(type) });

    await handler(kinesisEvent([json(event(1)), json(event(2))]), PLENTY);

    expect(told).toEqual(["batch"]);
  });
});

describe("the start of the function", () => {
  it("loads the model", async () => {
    let warm = 0;
    const infer = memoryInfer();
    const warmUp = async () => {
      warm++;
      return infer.warmUp();
    };

    await setting({ infer: { ...infer, warmUp } });

    expect(warm).toBe(1);
  });

  it("fails for a model that does not fit", async () => {
    const misfit = new ConfigError("the model has 4 inputs.", "model", "Export it again.");

    const starting = setting({ infer: { ...memoryInfer(), warmUp: () => Promise.reject(misfit) } });

    await expect(starting).rejects.toBe(misfit);
  });

  it("goes on without an endpoint that is not there yet: the first batch tries again", async () => {
    const infer = memoryInfer();
    let calls = 0;
    const starting = new SluiceError("cold-start", "infer", "The endpoint is starting.");
    const { handler } = await setting({
      infer: { ...infer, warmUp: () => (++calls === 1 ? Promise.reject(starting) : infer.warmUp()) },
    });

    const answer = await handler(kinesisEvent([json(event(1))]), PLENTY);

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(calls).toBe(2);
  });

  it("waits five seconds for an endpoint, half of what Lambda waits for the function", async () => {
    const { clock } = await setting({ infer: { ...memoryInfer(), warmUp: () => new Promise(() => {}) } });

    expect(clock.monotonic()).toBe(5_000);
    expect(clock.sleepers()).toBe(0);
  });

  it("leaves no timer behind", async () => {
    const { clock } = await setting();

    expect(clock.sleepers()).toBe(0);
  });

  it("refuses a pipeline whose actions have no bus, and needs none for one without", async () => {
    const settings = { ...SETTINGS, bus: undefined };

    await expect(setting({ settings })).rejects.toThrow("SLUICE_BUS names no event bus");
    await expect(setting({ settings, pipeline: quietPipeline })).resolves.toBeDefined();
  });

  it("refuses events that are longer than a dead letter can be", async () => {
    const limits = { ...testPipeline.limits, maxEventBytes: DEAD_LETTERS.maxEventBytes + 1 };

    const starting = setting({ pipeline: { ...testPipeline, limits } });

    await expect(starting).rejects.toThrow("a dead letter holds at most 10485760");
  });

  it("knows of the dead letters what they say of themselves", () => {
    expect(awsDeadLetters({ bucket: "letters" }).capabilities).toEqual(DEAD_LETTERS);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: inputs of any command
type Input = any;

interface Given extends Partial<HandlerOptions> {
  dynamodb?: () => Promise<object>;
}

/** A function whose services take everything, and remember it. */
async function setting({ dynamodb = async () => ({}), ...given }: Given = {}) {
  const clock = manualClock();
  const sent = { dynamodb: [] as Input[], s3: [] as Input[], eventbridge: [] as Input[] };
  const client = <Client>(inputs: Input[], answer: (input: Input) => Promise<object>) =>
    ({
      send: ({ input }: { input: Input }) => {
        inputs.push(input);
        return answer(input);
      },
      destroy: () => {},
    }) as unknown as Client;
  const handler = await createHandler({
    pipeline: testPipeline,
    settings: SETTINGS,
    infer: memoryInfer(),
    clients: {
      dynamodb: client<DynamoDBClient>(sent.dynamodb, dynamodb),
      s3: client<S3Client>(sent.s3, async () => ({})),
      eventbridge: client<EventBridgeClient>(sent.eventbridge, async ({ Entries }) => ({
        Entries: Entries.map(() => ({ EventId: "1" })),
      })),
    },
    telemetry: () => {},
    clock,
    random: () => 0.5,
    ...given,
  });
  return { handler, sent, clock };
}

async function fail(name: string): Promise<never> {
  throw Object.assign(new Error(name), { name });
}
