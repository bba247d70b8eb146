import type { FeatureMatrix } from "../shared/matrix";

/** Of one value. */
export const FLOAT_BYTES = 4;

/** The rows of a matrix as base64, each by its number: float32, lowest byte first, as every machine that this runs on keeps them. */
export function base64Of({ width, data }: FeatureMatrix): (row: number) => string {
  const all = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const bytes = width * FLOAT_BYTES;
  return (row) => all.toString("base64", row * bytes, (row + 1) * bytes);
}

/** The values of such a row. */
export function floatsOf(base64: string): Float32Array {
  // Copied, because the bytes of a small buffer need not start where a float may.
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}
