import { hash } from "node:crypto";
import type { MappingContext } from "./batch";
import { eventBytes, MAX_PAYLOAD_BYTES } from "./event";
import type { StreamRecord } from "./source";

/** Records of a shard that are processed one batch after the other. All records of a partition key are in one lane. */
export interface Lane {
  add(records: readonly StreamRecord[]): void;
  /** Resolves when the batch that runs, if any, has come to an end. */
  idle(): Promise<void>;
}

export interface LaneOptions {
  shardId: string;
  context: MappingContext;
  /** Brings a batch to its end. It must not reject. */
  process: (records: readonly StreamRecord[]) => Promise<void>;
  signal: AbortSignal;
}

interface Waiting {
  record: StreamRecord;
  bytes: number;
  /** Monotonic milliseconds. */
  readAt: number;
}

/** A batch ends by number of records, by size, or when its first record has waited for the batching window. */
export function createLane({ shardId, context, process, signal }: LaneOptions): Lane {
  const { clock, origin } = context;
  const { batchSize, windowMs } = context.settings;
  const queue: Waiting[] = [];
  let bytes = 0;
  let running: Promise<void> | undefined;
  let armed = false;

  const pump = () => {
    const first = queue[0];
    if (!first || running || signal.aborted) return;
    const wait = first.readAt + windowMs - clock.monotonic();
    const full = queue.length >= batchSize || bytes >= MAX_PAYLOAD_BYTES;
    if (wait > 0 && !full) return arm(wait);
    running = process(take()).finally(() => {
      running = undefined;
      pump();
    });
  };
  const arm = (wait: number) => {
    if (armed) return;
    armed = true;
    const rung = () => {
      armed = false;
      pump();
    };
    clock.sleep(wait, signal).then(rung, rung);
  };
  const take = () => {
    let size = 0;
    let count = 0;
    for (const { bytes: more } of queue) {
      // A record that is too large for any event goes alone, and the invocation is refused.
      if (count === batchSize || (count > 0 && size + more > MAX_PAYLOAD_BYTES)) break;
      size += more;
      count++;
    }
    bytes -= size;
    return queue.splice(0, count).map(({ record }) => record);
  };

  return {
    add: (records) => {
      const readAt = clock.monotonic();
      for (const record of records) {
        const size = eventBytes(record, shardId, origin);
        queue.push({ record, bytes: size, readAt });
        bytes += size;
      }
      pump();
    },
    idle: async () => {
      while (running) await running;
    },
  };
}

/** The same key always gives the same lane. */
export function laneOf(partitionKey: string, lanes: number): number {
  return lanes === 1 ? 0 : Number.parseInt(hash("md5", partitionKey).slice(-8), 16) % lanes;
}
