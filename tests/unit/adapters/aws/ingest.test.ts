import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient, ListShardsCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope } from "sluice";
import { clientConfig } from "../../../../adapters/aws/client";
import { type AwsIngestOptions, awsIngest } from "../../../../adapters/aws/ingest";
import { openKinesis } from "../../../../emulators/aws/kinesis";
import { awsException, withAwsStub } from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { event, json } from "../../../support/records";

interface Stored {
  shard: string;
  key: string;
  body: string;
}

describe("a real stream", () => {
  const keys = Array.from({ length: 60 }, (_, i) => event(i).key);
  const bodies = keys.map((_, i) => json(event(i)));

  it("holds an event per record, raw, under its key, in the order of its key", async () => {
    const [report, stored] = await withStream({}, async (ingest, read) => [
      await ingest.publish({ keys, bodies }),
      await read(),
    ]);

    expect(report).toEqual({ accepted: 60, alreadyAccepted: 0, failures: [] });
    expect(stored.map(({ body }) => body).sort()).toEqual([...bodies].sort());
    for (const key of new Set(keys)) {
      const ofKey = stored.filter((record) => record.key === key);
      expect(new Set(ofKey.map(({ shard }) => shard)).size).toBe(1);
      expect(ofKey.map(({ body }) => body)).toEqual(bodies.filter((_, i) => keys[i] === key));
    }
  });

  it("holds many events per record where it may, in the order of their keys", async () => {
    const [report, stored] = await withStream({ eventsPerRecord: 8, lanes: 2 }, async (ingest, read) => [
      await ingest.publish({ keys, bodies }),
      await read(),
    ]);

    const events = stored.flatMap(({ body }) => decodeEnvelope(body)!.events.map(String));
    expect(report.accepted).toBe(60);
    expect(stored.length).toBeLessThanOrEqual(60 / 8 + 2);
    for (const key of new Set(keys))
      expect(events.filter((body) => JSON.parse(body).key === key)).toEqual(bodies.filter((_, i) => keys[i] === key));
  });

  it("takes the longest event, with the longest key", async () => {
    const [report, stored] = await withStream({}, async (ingest, read) => {
      const longest = "x".repeat(ingest.capabilities.maxEventBytes);
      const key = "€".repeat(256);
      return [await ingest.publish({ keys: [key, key], bodies: [longest, `${longest}x`] }), await read()];
    });

    expect(report).toMatchObject({ accepted: 1, failures: [{ index: 1, error: { code: "oversize" } }] });
    expect(stored).toHaveLength(1);
  });

  it("that is not there is an outage that says what to check", async () => {
    const report = await withStream({ stream: "another", maxAttempts: 1 }, (ingest) =>
      ingest.publish({ keys: ["a"], bodies: ["x"] }),
    );

    const { error } = report.failures[0]!;
    expect(error).toMatchObject({ code: "unavailable", coordinates: { stream: "another" } });
    expect(error.message).toMatch(/ResourceNotFoundException.*Check that it exists/);
  });
});

describe("a publish", () => {
  it("of nothing makes no request", async () => {
    const requests = await withAwsStub(awsFailure, async ({ endpoint, requests }) => {
      const ingest = awsIngest({ stream: "s", endpoint });
      expect(await ingest.publish({ keys: [], bodies: [] })).toEqual({ accepted: 0, alreadyAccepted: 0, failures: [] });
      return requests;
    });

    expect(requests).toEqual([]);
  });

  it("that is cancelled before it starts throws, and sends nothing", async () => {
    const [error, requests] = await withAwsStub(awsFailure, async ({ endpoint, requests }) => {
      const ingest = awsIngest({ stream: "s", endpoint });
      return [await errorOf(ingest.publish({ keys: ["a"], bodies: ["x"] }, { signal: AbortSignal.abort() })), requests];
    });

    expect(error).toMatchObject({ code: "cancelled", stage: "ingest", adapter: "aws/ingest" });
    expect(requests).toEqual([]);
  });

  it("that is cancelled under way ends at once and reports what it does not know as failed", async () => {
    const controller = new AbortController();

    const report = await withAwsStub(
      () => {
        controller.abort();
        return "hang";
      },
      ({ endpoint }) =>
        awsIngest({ stream: "s", endpoint }).publish({ keys: ["a"], bodies: ["x"] }, { signal: controller.signal }),
    );

    expect(report).toMatchObject({ accepted: 0, failures: [{ index: 0, error: { code: "cancelled" } }] });
  });

  it("sends again what got no answer in time: the stream may hold it twice", async () => {
    const taken: string[] = [];

    const report = await withAwsStub(
      (request, number) => {
        taken.push(...request.json<{ Records: { Data: string }[] }>().Records.map(({ Data }) => Data));
        return number === 0 ? "hang" : { body: { FailedRecordCount: 0, Records: [{ SequenceNumber: "1" }] } };
      },
      ({ endpoint }) =>
        awsIngest({ stream: "s", endpoint, requestTimeoutMs: 30, clock: manualClock() }).publish({
          keys: ["a"],
          bodies: ["x"],
        }),
    );

    expect(report.accepted).toBe(1);
    expect(taken).toEqual(["eA==", "eA=="]);
  });

  it("is tried as often as it may be, by us and not by the SDK too", async () => {
    const requests = await withAwsStub(awsFailure, async ({ endpoint, requests }) => {
      const ingest = awsIngest({ stream: "s", endpoint, maxAttempts: 3, clock: manualClock() });
      await ingest.publish({ keys: ["a"], bodies: ["x"] });
      return requests.length;
    });

    expect(requests).toBe(3);
  });

  it("lists its failures by event, in order", async () => {
    const report = await withAwsStub(awsFailure, ({ endpoint }) =>
      awsIngest({ stream: "s", endpoint, maxAttempts: 1, eventsPerRecord: 2, lanes: 2 }).publish({
        keys: ["a", "b", "c", "a", "b", "c"],
        bodies: ["1", "2", "x".repeat(1024 * 1024), "4", "5", "6"],
      }),
    );

    expect(report.accepted).toBe(0);
    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [0, "unavailable"],
      [1, "unavailable"],
      [2, "oversize"],
      [3, "unavailable"],
      [4, "unavailable"],
      [5, "unavailable"],
    ]);
  });
});

describe("the client", () => {
  it("that is given is the one in use, and stays open", async () => {
    const client = new KinesisClient(clientConfig());
    const ingest = awsIngest({ stream: "s", client });

    await ingest.close();

    expect(ingest.client).toBe(client);
  });

  it("of our own is made once", () => {
    const ingest = awsIngest({ stream: "s", region: "eu-central-1" });

    const clients = new Set([ingest.client, ingest.client]);

    expect(clients.size).toBe(1);
    expect(ingest.capabilities).toMatchObject({ ordering: "per-key", idempotentProducer: false });
  });
});

function awsFailure() {
  return awsException("InternalFailure", 500);
}

/** Runs a test on a stream of two shards, with a function that reads it shard by shard. */
async function withStream<T>(
  options: Partial<AwsIngestOptions>,
  test: (ingest: ReturnType<typeof awsIngest>, read: () => Promise<Stored[]>) => Promise<T>,
): Promise<T> {
  const kinesis = await openKinesis();
  await kinesis.createStream("events", 2);
  const ingest = awsIngest({ stream: "events", endpoint: kinesis.endpoint, ...options });
  try {
    return await test(ingest, () => readStream(ingest.client));
  } finally {
    await ingest.close();
    await kinesis.close();
  }
}

async function readStream(client: KinesisClient): Promise<Stored[]> {
  const StreamName = "events";
  const stored: Stored[] = [];
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
  for (const { ShardId } of Shards) {
    const at = new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" });
    const { ShardIterator } = await client.send(at);
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    for (const { Data, PartitionKey } of Records)
      stored.push({ shard: ShardId!, key: PartitionKey!, body: Buffer.from(Data!).toString() });
  }
  return stored;
}
