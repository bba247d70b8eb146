import { connect } from "node:net";
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "@jest/globals";
import { openKinesis } from "../../../../emulators/aws/kinesis";
import { opened } from "../opened";
import { kinesisClient } from "./clients";

async function stream(shards: number) {
  const emulator = await opened(openKinesis());
  await emulator.createStream("events", shards);
  return { emulator, client: kinesisClient(emulator.endpoint) };
}

const record = (key: string, text: string | Uint8Array) => ({ PartitionKey: key, Data: Buffer.from(text) });

async function readAll(client: ReturnType<typeof kinesisClient>, shard: string): Promise<string[]> {
  const start = { StreamName: "events", ShardId: shard, ShardIteratorType: "TRIM_HORIZON" } as const;
  const { ShardIterator } = await client.send(new GetShardIteratorCommand(start));
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data }) => Buffer.from(Data ?? []).toString());
}

describe("the Kinesis emulator", () => {
  it("has a stream that takes records as soon as it is created", async () => {
    const { client } = await stream(2);

    const answer = await client.send(
      new PutRecordsCommand({ StreamName: "events", Records: [record("a", "1"), record("b", "2")] }),
    );

    expect([answer.FailedRecordCount, answer.Records?.length]).toEqual([0, 2]);
  });

  it("keeps a key's records in one shard, in order and unchanged", async () => {
    const { client } = await stream(4);
    const texts = Array.from({ length: 20 }, (_, i) => `${i} é\u0000`);

    const { Records = [] } = await client.send(
      new PutRecordsCommand({ StreamName: "events", Records: texts.map((text) => record("a", text)) }),
    );

    expect(new Set(Records.map(({ ShardId }) => ShardId)).size).toBe(1);
    expect(await readAll(client, Records[0]?.ShardId ?? "")).toEqual(texts);
  });

  it("spreads keys over all shards", async () => {
    const { client } = await stream(4);
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: "events" }));
    const records = Array.from({ length: 100 }, (_, i) => record(`key ${i}`, "x"));

    const { Records = [] } = await client.send(new PutRecordsCommand({ StreamName: "events", Records: records }));

    expect(new Set(Records.map(({ ShardId }) => ShardId))).toEqual(new Set(Shards.map(({ ShardId }) => ShardId)));
  });

  it.each([
    ["501 records", Array.from({ length: 501 }, () => record("a", "x"))],
    ["a record of more than 1 MiB", [record("a", new Uint8Array(1024 * 1024 + 1))]],
    ["a key of more than 256 characters", [record("k".repeat(257), "x")]],
  ])("refuses %s", async (_, records) => {
    const { client } = await stream(1);

    const put = client.send(new PutRecordsCommand({ StreamName: "events", Records: records }));

    await expect(put).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });

  it("survives a client that breaks off in mid-request", async () => {
    const { emulator, client } = await stream(1);
    const socket = connect(emulator.port, "127.0.0.1");
    await new Promise<void>((resolve) => {
      socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf", () => resolve());
    });
    socket.resetAndDestroy();

    const put = await client.send(new PutRecordsCommand({ StreamName: "events", Records: [record("a", "x")] }));

    expect(put.FailedRecordCount).toBe(0);
  });

  it("answers nobody once it is closed", async () => {
    const { emulator, client } = await stream(1);
    await client.send(new ListShardsCommand({ StreamName: "events" }));

    await emulator.close();

    await expect(client.send(new ListShardsCommand({ StreamName: "events" }))).rejects.toThrow();
  });
});
