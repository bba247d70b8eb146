import { hash } from "node:crypto";
import type { Clock } from "../../../shared/clock";
import type { Position, ShardInfo, StreamRecord, StreamSource } from "./source";

export interface MemoryStreamOptions {
  clock: Clock;
  /** Default 1. */
  shards?: number | undefined;
}

export interface MemoryStream {
  readonly source: StreamSource;
  /** Appends a record to the open shard of its key. */
  put(partitionKey: string, data: string | Uint8Array): StreamRecord;
  /** Closes a shard; two take its keys over. */
  split(shardId: string): void;
  /** Closes two shards; one takes their keys over. */
  merge(shardId: string, other: string): void;
}

interface Shard extends ShardInfo {
  /** Keys from here to below there, as fractions of the hash space. */
  from: number;
  to: number;
  records: StreamRecord[];
}

/** A Kinesis stream in memory, for simulations on a manual clock. */
export function memoryStream({ clock, shards: count = 1 }: MemoryStreamOptions): MemoryStream {
  const shards: Shard[] = [];
  let records = 0n;

  const add = (parents: readonly string[], from: number, to: number) => {
    const shardId = `shardId-${String(shards.length).padStart(12, "0")}`;
    shards.push({ shardId, parents, closed: false, from, to, records: [] });
  };
  const close = (shardId: string) => {
    const shard = shards.find((candidate) => candidate.shardId === shardId && !candidate.closed);
    if (!shard) throw new Error(`there is no open shard ${shardId}`);
    shard.closed = true;
    return shard;
  };
  for (let i = 0; i < count; i++) add([], i / count, (i + 1) / count);

  return {
    source: {
      shards: async () => shards.map(({ shardId, parents, closed }) => ({ shardId, parents, closed })),
      open: async (shardId, position) => {
        const shard = shards.find((candidate) => candidate.shardId === shardId);
        if (!shard) throw new Error(`there is no shard ${shardId}`);
        let next = indexOf(position, shard.records);
        return {
          read: async (limit) => {
            const page = shard.records.slice(next, next + limit);
            next += page.length;
            const behind = next < shard.records.length;
            return { records: page, behind, ended: shard.closed && !behind };
          },
        };
      },
    },
    put: (partitionKey, data) => {
      const place = fraction(partitionKey);
      const shard = shards.find(({ closed, from, to }) => !closed && place >= from && place < to);
      if (!shard) throw new Error("the open shards do not cover all keys");
      const record = {
        sequenceNumber: `4959${String(records++).padStart(52, "0")}`,
        partitionKey,
        data: typeof data === "string" ? Buffer.from(data) : data,
        arrivedAt: clock.now(),
      };
      shard.records.push(record);
      return record;
    },
    split: (shardId) => {
      const { from, to } = close(shardId);
      const middle = (from + to) / 2;
      add([shardId], from, middle);
      add([shardId], middle, to);
    },
    merge: (shardId, other) => {
      const pair = [close(shardId), close(other)];
      add([shardId, other], Math.min(...pair.map(({ from }) => from)), Math.max(...pair.map(({ to }) => to)));
    },
  };
}

function indexOf(position: Position, records: readonly StreamRecord[]): number {
  if (position === "TRIM_HORIZON") return 0;
  if (position === "LATEST") return records.length;
  // Sequence numbers have equal length here, so they compare as strings.
  const first = records.findIndex((record) =>
    "after" in position ? record.sequenceNumber > position.after : record.arrivedAt >= position.at,
  );
  return first === -1 ? records.length : first;
}

/** Where a key lies in the hash space, from 0 to below 1. The service uses all 128 bits; 48 are exact in a number. */
function fraction(partitionKey: string): number {
  return Number.parseInt(hash("md5", partitionKey).slice(0, 12), 16) / 2 ** 48;
}
