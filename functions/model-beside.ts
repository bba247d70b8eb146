import { onnxInfer } from "../adapters/onnx";
import type { Pipeline } from "../shared/pipeline";
import type { Infer } from "../shared/ports";
import { MODEL_FILE } from "./bundle/layout";

/** The model in the function itself. It lies beside the code, in `root`, wherever the user keeps it. */
export function modelBeside({ pipeline, root }: { pipeline: Pipeline; root: string }): Infer {
  const model = { ...pipeline.model, file: MODEL_FILE };
  return onnxInfer({ pipeline: { ...pipeline, model }, baseDir: root });
}
