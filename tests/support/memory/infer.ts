import { type FeatureMatrix, type Infer, type InferCapabilities, SluiceError } from "sluice";
import { enter, refuseAborted } from "./service";
import type { MemoryState } from "./state";

/** The version that the memory model reports. */
export const MODEL_VERSION = "model-1";

/** Rows whose first feature is this get NaN, whenever they come. */
export const NAN_AMOUNT = -666;

/** A call that contains a row whose first feature is this is refused as a whole, as an endpoint does. */
export const REFUSED_AMOUNT = -777;

const CAPABILITIES: InferCapabilities = { where: "in-process", maxRows: 1_000, maxRequestBytes: undefined };

/** The model: a pure function of one row's features, in [0, 1). */
export function scoreOf(features: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < features.length; i++) sum += features[i]! * (i + 1);
  return Math.abs(sum % 100) / 100;
}

export interface MemoryInferOptions {
  width?: number;
  capabilities?: Partial<InferCapabilities>;
  /** Where an endpoint would run; undefined: in process. */
  state?: MemoryState;
}

/** Stateless inference with one output `score`. */
export function memoryInfer({ width = 3, capabilities, state }: MemoryInferOptions = {}): Infer {
  return {
    capabilities: { ...CAPABILITIES, ...capabilities },
    warmUp: async () => ({ version: MODEL_VERSION, width }),
    infer: async (features, { signal } = {}) => {
      if (state) enter(state, signal, "infer");
      else refuseAborted(signal, "infer");
      if (features.width !== width) throw new SluiceError("model-input", "infer", "The rows have another width.");
      return {
        score: { width: 1, data: Float32Array.from({ length: features.rows }, (_, row) => answer(features, row)) },
      };
    },
    close: async () => {},
  };
}

function answer({ data, width }: FeatureMatrix, row: number): number {
  const features = data.subarray(row * width, (row + 1) * width);
  if (features[0] === REFUSED_AMOUNT) throw new SluiceError("model-input", "infer", "A row is out of range.");
  return features[0] === NAN_AMOUNT ? Number.NaN : scoreOf(features);
}
