import type { InferenceSession } from "onnxruntime-node";
import { ConfigError, type ModelOutput } from "../../shared";
import { runError, textOf } from "./errors";
import { columns, type Model, run } from "./run";

/**
 * Makes real predictions before the first event does: of one row and of two, because a model that mixes rows gives the
 * right answer for one. The rows are zeros. A model may have no answer for those (a logarithm, a ratio), so where the
 * answer fails or is not finite, rows of ones decide; a model that answers neither is refused.
 * @throws ConfigError with what is wrong; SluiceError `unavailable` if memory runs out.
 */
export async function tryModel(model: Model, width: number, where: string): Promise<void> {
  const problem = await firstProblem(model, width, 0, where);
  if (problem && (await firstProblem(model, width, 1, where))) throw problem;
}

async function firstProblem(
  model: Model,
  width: number,
  fill: number,
  where: string,
): Promise<ConfigError | undefined> {
  for (const rows of [1, 2]) {
    const data = new Float32Array(rows * width).fill(fill);
    let results: InferenceSession.ReturnType;
    try {
      results = await run(model, { rows, width, data });
    } catch (thrown) {
      return runProblem(thrown, width, where);
    }
    const problem = shapeProblem(model, results, rows, where) ?? valueProblem(columns(model, results, rows), where);
    if (problem) return problem;
  }
  return undefined;
}

function shapeProblem(model: Model, results: InferenceSession.ReturnType, rows: number, where: string) {
  for (const { name, width } of model.outputs) {
    const { size, dims } = results[name]!;
    // Of width 1 any layout has the same order, so [1, rows] is as good as [rows].
    if (size === rows * width && (width === 1 || dims[0] === rows)) continue;
    // One row of a table is told by its width; the wrong number of rows only by two.
    if (rows === 1 && size > 0 && (dims[0] === 1 || dims.length < 2))
      return new ConfigError(
        `the output \`${name}\` has ${size} values per row, and the pipeline declares ${width}.`,
        where,
        `Write \`${name}: { width: ${size} }\` in \`model.outputs\`.`,
      );
    return new ConfigError(
      `the output \`${name}\` has shape [${dims.join(", ")}] for ${rows} row${rows === 1 ? "" : "s"} of features, not [${rows}, ${width}].`,
      where,
      "Export a model that gives one row of output per row of input, without mixing rows.",
    );
  }
  return undefined;
}

function valueProblem(output: ModelOutput, where: string): ConfigError | undefined {
  const finite = (value: number | string) => typeof value === "string" || Number.isFinite(value);
  for (const [name, { data }] of Object.entries(output))
    if (!Array.prototype.every.call(data, finite))
      return new ConfigError(
        `the output \`${name}\` is NaN or infinite for a row of zeros and for a row of ones.`,
        where,
        "Look for a missing weight, a division by zero or a logarithm in the model, and export it again.",
      );
  return undefined;
}

/** These rows are ours, so what onnxruntime says about them may be shown. */
function runProblem(thrown: unknown, width: number, where: string): ConfigError {
  const error = runError(thrown);
  if (error.code === "unavailable") throw error;
  return new ConfigError(
    `the model cannot predict a row of ${width} features: ${textOf(thrown)}`,
    where,
    "Check that it was trained on as many features as the pipeline makes, and run it once in Python with onnxruntime.",
    { cause: thrown },
  );
}
