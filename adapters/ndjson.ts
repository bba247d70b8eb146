import { hash53 } from "../shared/hash";
import type { RowBatch } from "../shared/ports";

/** Rows as a file of their own. */
export interface NdjsonFile {
  /** `dt=YYYY-MM-DD/<hash>.jsonl`, the day of the first event: it follows from the rows, so the same rows are the same file. */
  name: string;
  text: string;
}

/** The given rows as lines of JSON. */
export function ndjsonFile(rows: RowBatch, chosen: readonly number[], storedAt: number): NdjsonFile {
  const lines = chosen.map((row) => `${JSON.stringify(line(rows, row, storedAt))}\n`);
  return { name: `dt=${dayOf(rows, chosen)}/${nameOf(rows, chosen)}.jsonl`, text: lines.join("") };
}

export const NDJSON_TYPE = "application/x-ndjson";

function line(rows: RowBatch, row: number, storedAt: number): object {
  const { width, data } = rows.features;
  return {
    id: rows.ids[row],
    key: rows.keys[row],
    time: rows.times[row],
    // No prediction has the name of a column of ours: definePipeline sees to that.
    ...rows.predictions[row],
    truth: rows.truths?.[row] ?? null,
    features: [...data.subarray(row * width, (row + 1) * width)],
    modelVersion: rows.modelVersion,
    pipelineVersion: rows.pipelineVersion,
    storedAt,
  };
}

function dayOf(rows: RowBatch, chosen: readonly number[]): string {
  const first = chosen.reduce((least, row) => Math.min(least, rows.times[row]!), Number.POSITIVE_INFINITY);
  return new Date(first).toISOString().split("T")[0]!;
}

function nameOf(rows: RowBatch, chosen: readonly number[]): string {
  const identity = chosen.map((row) => `${rows.keys[row]}\n${rows.ids[row]}`).join("\n");
  return `${hash53(identity).toString(36)}-${hash53(identity, 1).toString(36)}`;
}
