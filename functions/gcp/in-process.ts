import { onnxInfer } from "../../adapters/onnx";
import { MODEL_FILE } from "../bundle/layout";
import type { Inference } from "./inference";

/** The model in the function itself. It lies beside the code, wherever the user keeps it. */
export const inference: Inference = {
  mode: "in-process",
  maxInFlight: 1,
  open: ({ pipeline, root }) => {
    const model = { ...pipeline.model, file: MODEL_FILE };
    return onnxInfer({ pipeline: { ...pipeline, model }, baseDir: root });
  },
};
