import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import type { SourceRecord } from "./buffer";

/** Reads all shards of a stream from their beginning, each in order. */
export interface Reader {
  /** What is there now, up to some thousand records; none if there is nothing new. Rejects as the SDK does; nothing is lost then. */
  next(signal: AbortSignal): Promise<SourceRecord[]>;
}

interface Shard {
  id: string;
  /** Last record read. */
  sequenceNumber: string | undefined;
  iterator: string | undefined;
  /** The shard was closed by resharding and is read to its end. */
  done: boolean;
}

/** Keeps a call below the service's 10 MB with records of ordinary size. */
const RECORDS_PER_CALL = 2000;

export function createReader(client: KinesisClient, stream: string): Reader {
  const shards = new Map<string, Shard>();

  /** Shards that resharding made are looked for when one has ended: before that they hold nothing that may be read. */
  let complete = false;
  const discover = async (signal: AbortSignal) => {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }), { abortSignal: signal });
    for (const { ShardId: id = "" } of Shards) {
      if (!shards.has(id)) shards.set(id, { id, sequenceNumber: undefined, iterator: undefined, done: false });
    }
    complete = true;
  };

  const read = async (shard: Shard, signal: AbortSignal): Promise<SourceRecord[]> => {
    shard.iterator ??= await iterator(shard, signal);
    // A call that fails, by an iterator that has expired for one, starts again behind the last record.
    const call = new GetRecordsCommand({ ShardIterator: shard.iterator, Limit: RECORDS_PER_CALL });
    shard.iterator = undefined;
    const { Records = [], NextShardIterator: next } = await client.send(call, { abortSignal: signal });
    shard.sequenceNumber = Records.at(-1)?.SequenceNumber ?? shard.sequenceNumber;
    shard.iterator = next;
    shard.done = next === undefined || next === null;
    if (shard.done) complete = false;
    return Records.map(({ Data = new Uint8Array(), ApproximateArrivalTimestamp: arrived }) => ({
      data: Data,
      arrived: arrived?.getTime() ?? 0,
    }));
  };

  const iterator = async ({ id, sequenceNumber }: Shard, signal: AbortSignal) => {
    const command = new GetShardIteratorCommand({
      StreamName: stream,
      ShardId: id,
      ...(sequenceNumber === undefined
        ? { ShardIteratorType: "TRIM_HORIZON" }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: sequenceNumber }),
    });
    return (await client.send(command, { abortSignal: signal })).ShardIterator;
  };

  return {
    next: async (signal) => {
      if (!complete) await discover(signal);
      for (const shard of shards.values()) {
        const records = shard.done ? [] : await read(shard, signal);
        if (records.length > 0) return records;
      }
      return [];
    },
  };
}
