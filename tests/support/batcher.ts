import { type FeatureMatrix, type ModelOutput, microBatched } from "sluice";
import { memoryInfer } from "./memory";
import { type Gate, gate } from "./promises";

/** A call that the model got, and its answer to come. */
export interface Call {
  features: FeatureMatrix;
  answer: Gate<ModelOutput>;
}

/** A batcher on a model that answers when the test says so. */
export function batcherSetting({
  maxInFlight = 1,
  maxRows,
  modelMaxRows = 1_000,
}: {
  maxInFlight?: number;
  maxRows?: number;
  modelMaxRows?: number;
} = {}) {
  const calls: Call[] = [];
  const model = memoryInfer({ width: 2, capabilities: { maxRows: modelMaxRows } });
  const infer = microBatched(
    {
      ...model,
      infer: (features) => {
        const answer = gate<ModelOutput>();
        calls.push({ features, answer });
        return answer.promise;
      },
    },
    { maxInFlight, ...(maxRows === undefined ? {} : { maxRows }) },
  );
  return { calls, infer, model, sizes: () => calls.map(({ features }) => features.rows) };
}

/** Rows whose first feature counts from `first`; the buffer is longer than the rows, as the engine's is. */
export function rows(count: number, first = 0): FeatureMatrix {
  const data = new Float32Array(count * 2 + 7).fill(-1);
  for (let i = 0; i < count; i++) data.set([first + i, 0], i * 2);
  return { rows: count, width: 2, data };
}

/** What an honest model answers: the first feature back, and its name. */
export function echoed({ rows, data }: FeatureMatrix): ModelOutput {
  const firsts = Array.from({ length: rows }, (_, row) => data[row * 2]!);
  return {
    score: { width: 2, data: Float32Array.from(firsts.flatMap((first) => [first, -first])) },
    label: { width: 1, data: firsts.map((first) => `r${first}`) },
  };
}

export function answer({ features, answer: { open } }: Call): void {
  open(echoed(features));
}
