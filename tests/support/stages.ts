import { expect } from "@jest/globals";
import {
  type Action,
  type Actions,
  type ErrorCode,
  type FeatureMatrix,
  type ItemFailure,
  type ModelOutput,
  type Pipeline,
  type RowBatch,
  SluiceError,
  type Store,
  type WriteReport,
} from "sluice";
import { compilePipeline } from "../../shared/compile";
import { createDecoder } from "../../shared/engine/decode";
import type { PersistOptions } from "../../shared/engine/persist";
import { type CallModel, createScorer } from "../../shared/engine/score";
import { type Chunk, createScratchPool } from "../../shared/engine/scratch";
import { unpack } from "../../shared/engine/unpack";
import { manualClock } from "./manual-clock";
import { type Body, delivery, event, quietPipeline, testPipeline } from "./records";
import { retryContext } from "./unit";

// What the unit tests of the engine's stages share: each stage on its own, with neighbors that answer as told.

export function failure(code: ErrorCode, retryAfterMs?: number): SluiceError {
  return new SluiceError(code, "store", "x", retryAfterMs === undefined ? {} : { retryAfterMs });
}

/** `[row, code]` of each failure, by row. */
export function codes(failures: ReadonlyMap<number, SluiceError>): [number, ErrorCode][] {
  return [...failures].map(([row, { code }]): [number, ErrorCode] => [row, code]).sort(([a], [b]) => a - b);
}

// ---------------------------------------------------------------- decode

/** The rows and rejects of these messages. */
export function decoded(bodies: readonly Body[], overrides: object = {}): Chunk {
  const pipeline = { ...quietPipeline, ...overrides } as Pipeline;
  const featureNames = Object.keys(pipeline.features);
  const whole = { ...pipeline, featureNames };
  const unpacked = unpack(delivery(bodies));
  const chunk = createScratchPool(unpacked.events.length, featureNames.length, pipeline.quality !== undefined).take();
  createDecoder(whole, compilePipeline(whole))(unpacked, 0, unpacked.events.length, chunk);
  return chunk;
}

/** Why one event was refused; checks that its neighbors were not. */
export function refusal(body: string | Uint8Array, overrides: object = {}) {
  const { rejects, ids } = decoded([event(1), body, event(2)], overrides);
  expect(ids).toEqual(["e1", "e2"]);
  expect(rejects).toHaveLength(1);
  expect(rejects[0]!.event).toBe(1);
  const { error, key, eventId } = rejects[0]!;
  return { code: error.code, stage: error.stage, message: error.message, cause: error.cause, key, eventId };
}

// ---------------------------------------------------------------- score

export const notRetryable = (error: SluiceError) => !error.retryable;

export const OUT_OF_RANGE = new SluiceError("model-input", "infer", "A row is out of range.");

export function scorer(pipeline: Pipeline = testPipeline) {
  return createScorer(pipeline, compilePipeline(pipeline));
}

/** A model that keeps account of its calls. */
export function model(answer: (features: FeatureMatrix, call: number) => ModelOutput) {
  const calls: number[][] = [];
  const call: CallModel = async (features) => {
    calls.push(amounts(features));
    return answer(features, calls.length - 1);
  };
  return { calls, call };
}

/** The first feature of each row. */
export function amounts({ rows, width, data }: FeatureMatrix): number[] {
  return Array.from({ length: rows }, (_, row) => data[row * width]!);
}

/** Answers each row with its own amount. */
export function echo(features: FeatureMatrix): ModelOutput {
  return { score: { width: 1, data: Float32Array.from(amounts(features)) } };
}

/** The same, but these amounts with NaN. */
export function nanFor(bad: readonly number[], nan = Number.NaN) {
  return (features: FeatureMatrix): ModelOutput => ({
    score: { width: 1, data: amounts(features).map((amount) => (bad.includes(amount) ? nan : amount)) },
  });
}

/** A score of 0.95 for every row: each calls for an action. */
export async function alarming({ rows }: { rows: number }): Promise<ModelOutput> {
  return { score: { width: 1, data: new Float32Array(rows).fill(0.95) } };
}

/** The same, but it fails for a call that holds a row of this amount. */
export function failingAt(amount: number, error: unknown) {
  return async (features: FeatureMatrix): Promise<ModelOutput> => {
    if (amounts(features).includes(amount)) throw error;
    return alarming(features);
  };
}

// ---------------------------------------------------------------- persist and act

/** A store that answers each write as told, and keeps account of the ids it was given. */
export function answeringStore(
  answer: (ids: readonly string[], call: number) => Partial<WriteReport> | Promise<WriteReport>,
  overrides: Partial<PersistOptions> = {},
) {
  const writes: string[][] = [];
  const clock = manualClock();
  const store = {
    write: async (rows: RowBatch) => {
      expect(rows.count).toBe(rows.ids.length);
      writes.push([...rows.ids]);
      return { duplicates: [], failures: [], ...(await answer(rows.ids, writes.length - 1)) };
    },
  } as unknown as Store;
  const options: PersistOptions = {
    store,
    retry: retryContext({ clock }),
    call: (operation) => operation(),
    blamesRows: notRetryable,
    ...overrides,
  };
  return { writes, clock, options };
}

/** A port that answers each call as told, and keeps account of the events that were acted upon. */
export function answeringActions(
  answer: (ids: readonly string[], call: number) => readonly ItemFailure[] | Promise<readonly ItemFailure[]>,
) {
  const calls: string[][] = [];
  const publish: Actions["publish"] = async (actions: readonly Action[]) => {
    calls.push(actions.map(({ eventId }) => eventId));
    return answer(calls.at(-1)!, calls.length - 1);
  };
  return { calls, port: { publish, close: async () => {} } };
}
