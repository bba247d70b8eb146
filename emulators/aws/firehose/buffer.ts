import type { Clock } from "../../../shared/clock";

/** A record as the stream holds it. */
export interface SourceRecord {
  data: Uint8Array;
  /** Milliseconds since 1970. */
  arrived: number;
}

/** Records on their way to one object. */
export interface Batch {
  /** Each record with a line break behind it. */
  lines: readonly Uint8Array[];
  /** Arrival of the oldest record, milliseconds since 1970. */
  oldest: number;
}

export interface Buffer {
  add(record: SourceRecord): void;
  /** With line breaks, before compression. */
  bytes(): number;
  /** How long the first record has been waiting here; 0 if there is none. */
  age(): number;
  /** Empties the buffer; undefined if it is empty. */
  take(): Batch | undefined;
}

const LINE_BREAK = new Uint8Array([10]);

export function createBuffer(clock: Clock): Buffer {
  let lines: Uint8Array[] = [];
  let bytes = 0;
  let since = 0;
  let oldest = Number.POSITIVE_INFINITY;
  return {
    add: ({ data, arrived }) => {
      if (lines.length === 0) since = clock.monotonic();
      lines.push(data, LINE_BREAK);
      bytes += data.length + LINE_BREAK.length;
      oldest = Math.min(oldest, arrived);
    },
    bytes: () => bytes,
    age: () => (lines.length === 0 ? 0 : clock.monotonic() - since),
    take: () => {
      if (lines.length === 0) return undefined;
      const batch = { lines, oldest };
      lines = [];
      bytes = 0;
      oldest = Number.POSITIVE_INFINITY;
      return batch;
    },
  };
}
