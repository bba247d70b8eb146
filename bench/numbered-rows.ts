import type { RowBatch } from "../shared/ports";

const FEATURES = 16;

export interface NumberedRows {
  /** The number of the first. */
  first: number;
  rows: number;
  keys: number;
}

/** Rows to store, each with an id of its own. */
export function numberedRows({ first, rows, keys }: NumberedRows): RowBatch {
  const numbers = Array.from({ length: rows }, (_, i) => first + i);
  return {
    count: rows,
    ids: numbers.map((number) => `event-${number}`),
    keys: numbers.map((number) => `key-${number % keys}`),
    times: numbers.map((number) => 1_760_000_000_000 + number),
    predictions: numbers.map((number) => ({ score: number / 1_000_003, flagged: number % 7 === 0 })),
    truths: undefined,
    features: { rows, width: FEATURES, data: Float32Array.from({ length: rows * FEATURES }, (_, i) => i / 7) },
    modelVersion: "sha256:61dd660666cd7996",
    pipelineVersion: "1",
  };
}
