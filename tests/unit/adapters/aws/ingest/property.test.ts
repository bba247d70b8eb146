import { afterAll, beforeAll, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { decodeEnvelope, isEnvelope, type PublishReport, seededRandom } from "sluice";
import { type AwsIngestOptions, awsIngest } from "../../../../../adapters/aws/ingest";
import {
  type AwsStub,
  awsException,
  openAwsStub,
  type StubReply,
  type StubRequest,
} from "../../../../support/aws-stub";
import { manualClock, settled } from "../../../../support/manual-clock";

interface Entry {
  Data: string;
  PartitionKey: string;
}

/** A stream that fails by the seed, and holds what it took. */
interface Stream {
  answer: (request: StubRequest) => Promise<StubReply>;
  /** The events that it took, in the order it took them. */
  taken: string[];
}

let stub: AwsStub;
let stream: Stream;
beforeAll(async () => {
  stub = await openAwsStub((request) => stream.answer(request));
});
afterAll(() => stub.close());

const batches = fc.array(
  fc.record({
    key: fc.constantFrom("a", "b", "c", "d", "e", "é€", "k".repeat(256)),
    body: fc.constantFrom("json", "line\nbreak", "\u{1f600}", "long".repeat(5_000), "envelope"),
  }),
  { maxLength: 60 },
);

const cases = fc.record({
  batch: batches,
  seed: fc.integer(),
  failing: fc.constantFrom(0, 0.1, 0.5, 0.9),
  eventsPerRecord: fc.constantFrom(1, 1, 4),
  lanes: fc.constantFrom(1, 3),
  maxAttempts: fc.constantFrom(1, 3, 10),
  parallel: fc.constantFrom(1, 4),
});

it("whatever the batch and whatever fails: the report is true, keys keep their order, requests their limits", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ batch, seed, failing, ...options }) => {
      stream = failingStream(seed, failing);
      const keys = batch.map(({ key }) => key);
      const bodies = batch.map(({ key, body }, i) => bodyOf(key, body, i));

      const report = await publish(keys, bodies, { seed, ...options });

      const failed = new Set(report.failures.map(({ index }) => index));
      expect([report.accepted, report.alreadyAccepted]).toEqual([batch.length - failed.size, 0]);
      expect([...failed]).toEqual([...failed].sort((a, b) => a - b));
      expect([...stream.taken].sort()).toEqual(bodies.filter((_, index) => !failed.has(index)).sort());
      for (const key of new Set(keys)) {
        const ofKey = [...keys.keys()].filter((index) => keys[index] === key);
        const taken = stream.taken.filter((body) => ofKey.some((index) => bodies[index] === body));
        // In order, and none behind one that failed: what was taken of a key is how its events begin.
        expect(taken).toEqual(ofKey.slice(0, taken.length).map((index) => bodies[index]));
      }
      for (const { error } of report.failures)
        expect(error).toMatchObject({ stage: "ingest", adapter: "aws/ingest", retryable: true });
    }),
    { numRuns: 150 },
  );
});

async function publish(
  keys: readonly string[],
  bodies: readonly string[],
  { seed, ...options }: Partial<AwsIngestOptions> & { seed: number },
): Promise<PublishReport> {
  const ingest = awsIngest({
    stream: "events",
    endpoint: stub.endpoint,
    clock: manualClock(),
    random: seededRandom(seed),
    ...options,
  });
  const report = await ingest.publish({ keys, bodies });
  await ingest.close();
  return report;
}

function failingStream(seed: number, failing: number): Stream {
  const random = seededRandom(seed);
  const onTheirWay = new Set<string>();
  const taken: string[] = [];

  return {
    taken,
    answer: async (request) => {
      const { Records: records } = request.json<{ Records: Entry[] }>();
      checkLimits(records);
      for (const { PartitionKey } of records) {
        expect(onTheirWay).not.toContain(PartitionKey);
        onTheirWay.add(PartitionKey);
      }
      for (let turns = random() * 3; turns > 0; turns--) await settled();
      for (const { PartitionKey } of records) onTheirWay.delete(PartitionKey);

      if (random() < failing / 3) return wholeFailure(random());
      const results = records.map((record) => {
        if (random() < failing) return { ErrorCode: random() < 0.5 ? HOT : "InternalFailure", ErrorMessage: "x" };
        taken.push(...eventsOf(record));
        return { SequenceNumber: "1", ShardId: "shardId-000000000000" };
      });
      return { body: { FailedRecordCount: results.filter(({ ErrorCode }) => ErrorCode).length, Records: results } };
    },
  };
}

const HOT = "ProvisionedThroughputExceededException";

function wholeFailure(at: number): StubReply {
  if (at < 0.25) return awsException("InternalFailure", 500);
  if (at < 0.5) return awsException("LimitExceededException");
  return at < 0.75 ? { status: 200, body: "" } : "reset";
}

function checkLimits(records: readonly Entry[]): void {
  const sizes = records.map(
    ({ Data, PartitionKey }) => Buffer.from(Data, "base64").length + Buffer.byteLength(PartitionKey),
  );
  expect(records.length).toBeGreaterThan(0);
  expect(records.length).toBeLessThanOrEqual(500);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(5 * 1024 * 1024);
}

function eventsOf({ Data }: Entry): string[] {
  const body = Buffer.from(Data, "base64").toString();
  return isEnvelope(body) ? decodeEnvelope(body)!.events.map(String) : [body];
}

/** An event that no other event of the batch equals. */
function bodyOf(key: string, body: string, index: number): string {
  return body === "envelope" ? `{"sluice":1,"count":${index}}` : `${key} ${index} ${body}`;
}
