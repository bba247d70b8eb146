import { asBuffer, longerThan } from "../../shared/guards";
import { HEAD_BYTES, type LongLine } from "./lines";
import type { Item } from "./ndjson";
import type { Router } from "./route";

/** Events in the order of their source, ready to be published together. */
export interface EventBatch {
  keys: string[];
  bodies: (string | Uint8Array)[];
  /** Events too long for the log. They come after the others of the batch. */
  long: LongEvent[];
}

export interface LongEvent extends LongLine {
  /** Its number among the source's events, from 0. */
  index: number;
}

/** Where events come from. Reading it again gives the same events in the same order. */
export interface EventSource {
  /** As in `100,000 generated events`. */
  readonly description: string;
  /** The same source has the same identity in every run; undefined for what cannot be read twice, such as a pipe. */
  readonly identity: string | undefined;
  /** How many events there will be, where that is known. */
  readonly count: number | undefined;
  /** How much has been read, 0 to 1; undefined where nobody knows. */
  share(): number | undefined;
  /** Blank lines so far: they are no events. */
  blank(): number;
  /** Ends the reading, even while it waits for a pipe. */
  close(): void;
  /** Can be read once. */
  batches(options: BatchingOptions): AsyncIterable<EventBatch>;
}

export interface BatchingOptions {
  /** Most events per batch; there are fewer where the rest has not arrived yet. */
  size: number;
  /** Longest event that may be sent, bytes. */
  maxBytes: number;
  /** Finds the key of an event that comes without one. */
  route: Router;
}

export function emptyBatch(): EventBatch {
  return { keys: [], bodies: [], long: [] };
}

/** Adds items to batches of at most `size` and hands out those that are full. */
export function createBatcher({ size, maxBytes, route }: BatchingOptions) {
  let batch = emptyBatch();
  let index = 0;
  return {
    *add(items: readonly Item[]): Generator<EventBatch> {
      for (const item of items) {
        const long = tooLong(item, maxBytes);
        if (long) batch.long.push({ ...long, index });
        else {
          const body = item as string | Uint8Array;
          batch.keys.push(route(body));
          batch.bodies.push(body);
        }
        index++;
        if (batch.keys.length + batch.long.length >= size) yield this.take();
      }
    },
    get isEmpty() {
      return batch.keys.length + batch.long.length === 0;
    },
    take(): EventBatch {
      const full = batch;
      batch = emptyBatch();
      return full;
    },
  };
}

/** A line of valid length can still make an event that is too long: a CSV row repeats the column names. */
export function tooLong(item: Item, maxBytes: number): LongLine | undefined {
  if (typeof item === "string") return longerThan(item, maxBytes) ? cut(Buffer.from(item)) : undefined;
  if (item instanceof Uint8Array) return item.length > maxBytes ? cut(asBuffer(item)) : undefined;
  return item;
}

function cut(bytes: Buffer): LongLine {
  return { head: bytes.subarray(0, HEAD_BYTES), bytes: bytes.length };
}
