/**
 * Features of a micro-batch, row by row: row `i` is `data[i * width .. (i + 1) * width)`.
 * `data` may be longer than `rows * width` (it is reused), so never read past that. Values are finite float32.
 */
export interface FeatureMatrix {
  rows: number;
  width: number;
  data: Float32Array;
}

/** One model output of a micro-batch, row by row like FeatureMatrix. Class labels may be strings. */
export interface OutputColumn {
  width: number;
  data: Float32Array | Float64Array | Int32Array | Uint8Array | readonly number[] | readonly string[];
}

/** What a model answered for one FeatureMatrix: every declared output, each with `rows * width` values. */
export type ModelOutput = Readonly<Record<string, OutputColumn>>;
