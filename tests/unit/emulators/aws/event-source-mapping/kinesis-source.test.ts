import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  ExpiredIteratorException,
  KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import kinesalite from "kinesalite";
import { createEventSourceMapping, kinesisSource } from "../../../../../emulators/aws/event-source-mapping";
import { STREAM_ARN, textsOf } from "./mapping-harness";

let server: Server;
let client: KinesisClient;

beforeAll(async () => {
  server = kinesalite({ createStreamMs: 0, updateStreamMs: 0, deleteStreamMs: 0, shardLimit: 100 });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  client = new KinesisClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-2",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    requestHandler: new NodeHttpHandler(),
  });
});

afterAll(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function createStream(stream: string, shards: number): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }));
  await active(stream);
}

async function active(stream: string): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }));
    if (StreamDescriptionSummary?.StreamStatus === "ACTIVE") return;
    await new Promise(setImmediate);
  }
}

async function put(stream: string, texts: readonly string[]): Promise<void> {
  const Records = texts.map((text) => ({ PartitionKey: text.split(":")[0] ?? "", Data: Buffer.from(text) }));
  await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
}

const texts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${(from + i) % 7}:${from + i}`);

function consume(stream: string, startingPosition: "TRIM_HORIZON" | "LATEST" = "TRIM_HORIZON") {
  const seen: string[] = [];
  const ids: string[] = [];
  const source = kinesisSource({ stream, client });
  const mapping = createEventSourceMapping({
    streamArn: STREAM_ARN,
    source,
    pollMs: 5,
    settings: { startingPosition, parallelizationFactor: 2, batchSize: 10 },
    invoke: async (event) => {
      seen.push(...textsOf(event));
      ids.push(...event.Records.map(({ eventID }) => eventID));
      return null;
    },
  });
  return { mapping, seen, ids, source };
}

const sorted = (list: readonly string[]) => [...list].sort();

describe("the source over Kinesis' protocol", () => {
  it("delivers every record of every shard once, with its shard and sequence number", async () => {
    await createStream("plain", 3);
    await put("plain", texts(0, 100));
    const { mapping, seen, ids } = consume("plain");

    await mapping.runUntilIdle();

    expect(sorted(seen)).toEqual(sorted(texts(0, 100)));
    expect(ids.every((id) => /^shardId-\d{12}:\d{56}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(100);
  });

  it("goes on after a restart from the checkpoints", async () => {
    await createStream("restart", 2);
    await put("restart", texts(0, 30));
    const { mapping, seen } = consume("restart");
    await mapping.runUntilIdle();
    await put("restart", texts(30, 60));

    await mapping.runUntilIdle();

    expect(sorted(seen)).toEqual(sorted(texts(0, 60)));
  });

  it("starts at the end with LATEST", async () => {
    await createStream("latest", 1);
    await put("latest", texts(0, 10));
    const { mapping, seen } = consume("latest", "LATEST");
    mapping.start();
    await mapping.drained();
    await put("latest", texts(10, 20));

    await mapping.drained();

    expect(sorted(seen)).toEqual(sorted(texts(10, 20)));
    await mapping.stop();
  });

  it("takes a new iterator where the old one has expired, after the last record it gave", async () => {
    const sent: unknown[] = [];
    const answers = [
      { ShardIterator: "first" },
      { Records: [{ SequenceNumber: "5", PartitionKey: "k", Data: Buffer.from("a") }], NextShardIterator: "second" },
      new ExpiredIteratorException({ message: "five minutes", $metadata: {} }),
      { ShardIterator: "third" },
      { Records: [], NextShardIterator: "fourth", MillisBehindLatest: 9 },
    ];
    const send = async ({ input }: { input: unknown }) => {
      sent.push(input);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const { signal } = new AbortController();
    const source = kinesisSource({ stream: "s", client: { send } as unknown as KinesisClient });
    const reader = await source.open("shard", "LATEST", signal);
    await reader.read(10, signal);
    await expect(reader.read(10, signal)).rejects.toThrow("five minutes");

    const page = await reader.read(10, signal);

    expect(page).toEqual({ records: [], behind: true, ended: false });
    expect(sent.slice(3)).toEqual([
      { StreamName: "s", ShardId: "shard", ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: "5" },
      { ShardIterator: "third", Limit: 10 },
    ]);
  });

  it("follows a split: the parent first, then its children", async () => {
    await createStream("split", 1);
    await put("split", texts(0, 50));
    const middle = (2n ** 127n).toString();
    const split = { StreamName: "split", ShardToSplit: "shardId-000000000000", NewStartingHashKey: middle };
    await client.send(new SplitShardCommand(split));
    await active("split");
    await put("split", texts(50, 100));
    const { mapping, seen } = consume("split");

    await mapping.runUntilIdle();

    expect(sorted(seen)).toEqual(sorted(texts(0, 100)));
    for (let key = 0; key < 7; key++) {
      const numbers = seen.filter((text) => text.startsWith(`${key}:`)).map((text) => Number(text.slice(2)));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });
});
