import type { SluiceError } from "../errors";
import type { FeatureMatrix } from "../matrix";

/**
 * The columns of one micro-batch, reused from batch to batch so that a record costs no allocation beyond its own event.
 * Row `i` is the i-th event that passed; `eventOf[i]` is its index in the delivery.
 */
export interface Chunk {
  count: number;
  ids: string[];
  keys: string[];
  times: number[];
  truths: (number | null)[] | undefined;
  events: unknown[];
  eventOf: number[];
  features: FeatureMatrix;
  /** Events of this chunk that can never succeed, in order. */
  rejects: Reject[];
}

export interface Reject {
  /** Index of the event in the delivery. */
  event: number;
  error: SluiceError;
  key?: string | undefined;
  eventId?: string | undefined;
}

export interface ScratchPool {
  take(): Chunk;
  giveBack(chunk: Chunk): void;
}

/** Concurrent batches (a host that serves several requests at once) each take a chunk of their own. */
export function createScratchPool(maxRows: number, width: number, withTruth: boolean): ScratchPool {
  const free: Chunk[] = [];
  return {
    take: () => free.pop() ?? emptyChunk(maxRows, width, withTruth),
    giveBack(chunk) {
      clear(chunk);
      free.push(chunk);
    },
  };
}

function emptyChunk(maxRows: number, width: number, withTruth: boolean): Chunk {
  return {
    count: 0,
    ids: [],
    keys: [],
    times: [],
    truths: withTruth ? [] : undefined,
    events: [],
    eventOf: [],
    features: { rows: 0, width, data: new Float32Array(maxRows * width) },
    rejects: [],
  };
}

/** Ready for the next rows. Events are dropped, so that a large batch does not stay in memory. */
export function clear(chunk: Chunk): void {
  chunk.count = 0;
  chunk.ids.length = 0;
  chunk.keys.length = 0;
  chunk.times.length = 0;
  chunk.events.length = 0;
  chunk.eventOf.length = 0;
  chunk.features.rows = 0;
  if (chunk.truths) chunk.truths.length = 0;
  chunk.rejects = [];
}
