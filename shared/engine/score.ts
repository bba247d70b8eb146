import type { CompiledPipeline } from "../compile";
import { blame, ConfigError, SluiceError } from "../errors";
import type { FeatureMatrix, ModelOutput, OutputColumn } from "../matrix";
import type { ModelOutputs, Pipeline } from "../pipeline";
import type { Prediction } from "../ports";
import type { Chunk } from "./scratch";

/** Calls the model, with retries; throws SluiceError. */
export type CallModel = (features: FeatureMatrix) => Promise<ModelOutput>;

/** Predictions aligned with the chunk's rows, and the rows that the model or the prediction's own code refuses. */
export interface Scored {
  predictions: Prediction[];
  refused: Map<number, SluiceError>;
}

export interface Scorer {
  /**
   * One call for the whole chunk. A call that blames its rows is halved until the culprits stand alone; a row whose output
   * is not finite is tried once more. Throws when the model cannot be reached: then no row is to blame.
   */
  score(chunk: Chunk, call: CallModel, blamesRows: (error: SluiceError) => boolean): Promise<Scored>;
}

export function createScorer(pipeline: Pipeline, compiled: CompiledPipeline): Scorer {
  const declared = pipeline.model.outputs;
  const numericOutputs = Object.keys(declared).filter((name) => declared[name]!.type !== "string");

  return {
    async score(chunk, call, blamesRows) {
      const scored: Scored = { predictions: new Array(chunk.count), refused: new Map() };
      if (chunk.count > 0) await scoreRange(chunk, 0, chunk.count, scored, call, blamesRows);
      return scored;
    },
  };

  async function scoreRange(
    chunk: Chunk,
    from: number,
    to: number,
    scored: Scored,
    call: CallModel,
    blamesRows: (error: SluiceError) => boolean,
  ): Promise<void> {
    try {
      const output = checkShape(await call(rowsOf(chunk.features, from, to)), declared, to - from);
      const bad = build(output, chunk, from, to, scored);
      if (bad.length > 0) await secondChance(bad, chunk, scored, call);
    } catch (thrown) {
      if (!(thrown instanceof SluiceError) || !blamesRows(thrown)) throw thrown;
      if (to - from === 1) {
        scored.refused.set(from, thrown);
        return;
      }
      const middle = (from + to) >> 1;
      await scoreRange(chunk, from, middle, scored, call, blamesRows);
      await scoreRange(chunk, middle, to, scored, call, blamesRows);
    }
  }

  /** Fills `scored` for a range. Returns the rows whose output is not finite. */
  function build(output: ModelOutput, chunk: Chunk, from: number, to: number, scored: Scored): number[] {
    const row = compiled.reader(output);
    const allFinite = numericOutputs.every((name) => finite(output[name]!.data as ArrayLike<number>));
    const bad: number[] = [];
    for (let i = from; i < to; i++) {
      if (!allFinite && !finiteRow(output, i - from)) bad.push(i);
      else buildRow(row, i - from, chunk.events[i], i, scored);
    }
    return bad;
  }

  function buildRow(row: BuildRow, index: number, event: unknown, target: number, scored: Scored): void {
    try {
      const prediction = row(index, event);
      if (prediction !== undefined) scored.predictions[target] = prediction;
      else scored.refused.set(target, new SluiceError("prediction", "infer", UNSTORABLE));
    } catch (thrown) {
      if (thrown instanceof ConfigError) throw thrown;
      scored.refused.set(target, new SluiceError("prediction", "infer", blame(thrown), { cause: thrown }));
    }
  }

  /** A NaN may be a hiccup of an endpoint: the rows go once more, by themselves. */
  async function secondChance(bad: number[], chunk: Chunk, scored: Scored, call: CallModel): Promise<void> {
    const again = pick(chunk.features, bad);
    const output = checkShape(await call(again), declared, bad.length);
    const row = compiled.reader(output);
    for (const [i, index] of bad.entries()) {
      if (finiteRow(output, i)) buildRow(row, i, chunk.events[index], index, scored);
      else
        scored.refused.set(
          index,
          new SluiceError("model-output", "infer", "The model's output is not a finite number."),
        );
    }
  }

  function finiteRow(output: ModelOutput, row: number): boolean {
    return numericOutputs.every((name) => {
      const { width, data } = output[name]!;
      for (let i = row * width; i < (row + 1) * width; i++) if (!Number.isFinite(data[i])) return false;
      return true;
    });
  }
}

type BuildRow = ReturnType<CompiledPipeline["reader"]>;

const UNSTORABLE = "A prediction field is not a finite number, text, boolean or null.";

/** Throws `model-output` unless every declared output is there with the declared width and one row per input row. */
function checkShape(output: ModelOutput, declared: ModelOutputs, rows: number): ModelOutput {
  for (const [name, { width }] of Object.entries(declared)) {
    const column: OutputColumn | undefined = output[name];
    if (column?.width === width && column.data.length === rows * width) continue;
    const got = column === undefined ? "missing" : `${column.data.length} values of width ${column.width}`;
    throw new SluiceError("model-output", "infer", `Output \`${name}\` is ${got}; expected ${rows} x ${width}.`);
  }
  return output;
}

/** x * 0 is 0 for every finite x and NaN otherwise. */
function finite(data: ArrayLike<number>): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  return sum === 0;
}

function rowsOf({ width, data }: FeatureMatrix, from: number, to: number): FeatureMatrix {
  return { rows: to - from, width, data: from === 0 ? data : data.subarray(from * width, to * width) };
}

/** The given rows as a matrix of their own. */
export function pick({ width, data }: FeatureMatrix, rows: readonly number[]): FeatureMatrix {
  const picked = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) picked.set(data.subarray(row * width, (row + 1) * width), i * width);
  return { rows: rows.length, width, data: picked };
}

/** Moves refused rows to the chunk's rejects and closes the gaps. Returns the predictions of the rows that are left. */
export function keepScored(chunk: Chunk, { predictions, refused }: Scored): Prediction[] {
  if (refused.size === 0) return predictions;
  const { ids, keys, times, truths, events, eventOf, features } = chunk;
  let kept = 0;
  for (let row = 0; row < chunk.count; row++) {
    const error = refused.get(row);
    if (error !== undefined) {
      chunk.rejects.push({ event: eventOf[row]!, error, key: keys[row], eventId: ids[row] });
      continue;
    }
    for (const column of [predictions, ids, keys, times, truths, events, eventOf])
      if (column) column[kept] = column[row]!;
    features.data.copyWithin(kept * features.width, row * features.width, (row + 1) * features.width);
    kept++;
  }
  for (const column of [predictions, ids, keys, times, truths, events, eventOf]) if (column) column.length = kept;
  features.rows = chunk.count = kept;
  return predictions;
}
