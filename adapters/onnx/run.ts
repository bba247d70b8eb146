import type { InferenceSession, Tensor, TypedTensor } from "onnxruntime-node";
import type { FeatureMatrix, ModelOutput, OutputColumn } from "../../shared";
import { columnOf } from "./columns";

/** A session together with what it takes to call it for one pipeline. */
export interface Model {
  session: InferenceSession;
  tensor: typeof Tensor;
  input: string;
  /** The model wants doubles: the matrix is widened, and its values stay rounded to float32. */
  float64: boolean;
  /** Declared outputs and their widths; nothing else is fetched. */
  outputs: readonly { name: string; width: number }[];
  fetches: readonly string[];
}

/**
 * Starts one run over all rows. The matrix must not change until it is done: the tensor is a view of it.
 * Rejects, or throws, what onnxruntime throws: `runError` tells what it means. Not async, because each promise more costs
 * a hundredth of a small run.
 */
export function run(model: Model, { rows, width, data }: FeatureMatrix): Promise<InferenceSession.ReturnType> {
  const values = data.subarray(0, rows * width);
  const tensor: TypedTensor<"float32" | "float64"> = model.float64
    ? new model.tensor("float64", new Float64Array(values), [rows, width])
    : new model.tensor("float32", values, [rows, width]);
  return model.session.run({ [model.input]: tensor }, model.fetches);
}

/** The declared outputs of a run, as the core reads them. */
export function columns(model: Model, results: InferenceSession.ReturnType, rows: number): ModelOutput {
  const output: Record<string, OutputColumn> = {};
  for (const { name, width } of model.outputs) output[name] = columnOf(name, width, results[name]!, rows);
  return output;
}
