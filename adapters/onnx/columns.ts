import type { Tensor } from "onnxruntime-node";
import { type OutputColumn, SluiceError } from "../../shared";

/** Tensor types that become a column of numbers. The 16-bit floats are not among them: before Node 24 they arrive as raw bits. */
export const NUMBER_TYPES: readonly string[] = [
  "float32",
  "float64",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint64",
  "uint32",
  "uint16",
  "uint8",
  "bool",
];

/**
 * One output tensor as a column of `rows * width` values: row by row, whatever its rank.
 * @throws SluiceError `model-output` if it holds another number of values.
 */
export function columnOf(name: string, width: number, tensor: Tensor, rows: number): OutputColumn {
  if (tensor.size !== rows * width)
    throw new SluiceError(
      "model-output",
      "infer",
      `Output \`${name}\` holds ${tensor.size} values for ${rows} rows of width ${width}.`,
      { adapter: "onnx" },
    );
  return { width, data: valuesOf(tensor.data) };
}

/** Tensor data in a form the core reads. Types the core knows are passed on as they are, without a copy. */
export function valuesOf(data: Tensor["data"]): OutputColumn["data"] {
  if (data instanceof BigInt64Array) return fromInt64(data);
  if (data instanceof BigUint64Array || data instanceof Uint32Array) return Float64Array.from(data, Number);
  if (data instanceof Int16Array || data instanceof Int8Array || data instanceof Uint16Array)
    return Int32Array.from(data);
  return data as OutputColumn["data"];
}

/**
 * 64-bit integers, as scikit-learn's labels are, to numbers. A BigInt per label would cost more than the model does, so the
 * 32-bit words are read instead (little-endian, as on every platform that onnxruntime ships for); only values that need
 * more than 32 bits go through BigInt, and those above 2^53 are rounded, as every number in JavaScript is.
 */
function fromInt64(data: BigInt64Array): Int32Array | Float64Array {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  const low = new Int32Array(data.length);
  // Set once a high word is more than the sign of its low word. One test at the end is faster than a branch per label.
  let wide = 0;
  for (let i = 0, at = 0; i < low.length; i++, at += 2) {
    const word = words[at]!;
    wide |= words[at + 1]! ^ (word >> 31);
    low[i] = word;
  }
  return wide === 0 ? low : Float64Array.from(data, Number);
}
