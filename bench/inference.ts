import { type InferenceSession, Tensor } from "onnxruntime-node";
import { onnxInfer } from "../adapters/onnx";
import { openSession } from "./hand";
import { type Compared, type CompareOptions, compare } from "./measure";
import { pipelineFor } from "./workload";

export interface InferenceResult {
  batch: number;
  /** Sluice against onnxruntime-node called by hand. */
  against: Compared;
}

const BATCHES = [1, 32, 100, 500] as const;
const WIDTH = 16;

/** The in-process adapter against onnxruntime called by hand, on the same matrix. */
export async function benchInference(
  onCase: (result: InferenceResult) => void,
  options: Omit<CompareOptions, "items"> = {},
): Promise<void> {
  const session: InferenceSession = await openSession();
  const infer = onnxInfer({ pipeline: pipelineFor("m"), baseDir: __dirname });
  await infer.warmUp();
  for (const rows of BATCHES) {
    const data = Float32Array.from({ length: rows * WIDTH }, (_, i) => (i % 97) / 97);
    const bare = async () => {
      const input = new Tensor("float32", data, [rows, WIDTH]);
      const { score } = await session.run({ features: input }, ["score"]);
      return score!.data;
    };
    const own = () => infer.infer({ rows, width: WIDTH, data });
    onCase({ batch: rows, against: await compare(bare, own, { items: rows, ...options }) });
  }
  await infer.close();
}
