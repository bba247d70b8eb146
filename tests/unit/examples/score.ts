import path from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { OutputReader, Pipeline, Prediction } from "sluice";

export const EXAMPLES = path.resolve(__dirname, "../../../examples");

/** One run of an example's model over rows of features: its two probabilities per row. */
export async function probabilities(example: string, rows: readonly (readonly number[])[]): Promise<number[][]> {
  const width = rows[0]!.length;
  const session = await InferenceSession.create(path.join(EXAMPLES, example, "model.onnx"), { intraOpNumThreads: 1 });
  const features = new Tensor("float32", Float32Array.from(rows.flat()), [rows.length, width]);
  const { data } = (await session.run({ features }))["probabilities"]!;
  await session.release();
  return rows.map((_, row) => [data[row * 2] as number, data[row * 2 + 1] as number]);
}

/** The features of one event, in the model's order. */
export function featuresOf(pipeline: Pipeline, event: unknown): number[] {
  return pipeline.featureNames.map((name) => pipeline.features[name]!(event));
}

/** What the pipeline stores for one row of probabilities. */
export function predictionOf(pipeline: Pipeline, row: readonly number[], event: unknown): Prediction {
  const output: OutputReader<{ probabilities: { width: 2 } }> = { probabilities: (column = 0) => row[column]! };
  return Object.fromEntries(
    pipeline.predictionNames.map((name) => [name, pipeline.prediction[name]!(output, event)] as const),
  );
}

/** Area under the ROC curve: the chance that a random positive scores above a random negative (Mann-Whitney U). */
export function auc(scores: readonly number[], truths: readonly boolean[]): number {
  const order = scores.map((score, i) => ({ score, truth: truths[i]! })).sort((a, b) => a.score - b.score);
  let negatives = 0;
  let won = 0;
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && order[to]!.score === order[from]!.score) to++;
    const tied = order.slice(from, to);
    const positive = tied.filter(({ truth }) => truth).length;
    won += positive * (negatives + (tied.length - positive) / 2);
    negatives += tied.length - positive;
  }
  return won / (negatives * (order.length - negatives));
}
