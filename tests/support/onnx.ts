import path from "node:path";
import { expect } from "@jest/globals";
import { ConfigError, definePipeline, type FeatureMatrix, type ModelOutputs, type OutputColumn } from "sluice";
import * as z from "zod";
import { type OnnxInfer, onnxInfer } from "../../adapters/onnx";
import { MODELS_DIR } from "./models";

const SCORE: ModelOutputs = { score: { width: 1 } };
const open: OnnxInfer[] = [];

/** Closes every adapter that `inferWith` made: call it after each test. */
export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((infer) => infer.close()));
}

/** What a test pipeline asks of its model; four features and one score unless told. */
export interface Wanted {
  features?: number;
  outputs?: ModelOutputs;
  input?: string;
  threads?: number;
}

/** An adapter for a test model (by name) or any file (by path); closed after the test. */
export function inferWith(model: string, { threads, ...wanted }: Wanted = {}): OnnxInfer {
  const pipeline = pipelineFor(path.isAbsolute(model) ? model : `${model}.onnx`, wanted);
  const infer = onnxInfer({ pipeline, baseDir: MODELS_DIR, ...(threads === undefined ? {} : { threads }) });
  open.push(infer);
  return infer;
}

/** A pipeline around a model file; only its features and outputs matter here. */
export function pipelineFor(file: string, { features = 4, outputs = SCORE, input }: Wanted) {
  const names = Array.from({ length: features }, (_, i) => `f${i + 1}`);
  return definePipeline({
    name: "test",
    event: z.object({ id: z.string() }),
    id: (event) => event.id,
    key: (event) => event.id,
    time: () => 0,
    features: Object.fromEntries(names.map((name) => [name, () => 0])),
    model: { file, outputs, ...(input === undefined ? {} : { input }) },
    prediction: { one: () => 1 },
  });
}

/** Rows of equal length as the engine hands them over. */
export function matrix(...rows: readonly (readonly number[])[]): FeatureMatrix {
  return { rows: rows.length, width: rows[0]?.length ?? 0, data: Float32Array.from(rows.flat()) };
}

/** A column's values in a plain array. */
export function listed(column: OutputColumn | undefined): (number | string)[] {
  return Array.from<number | string>(column?.data ?? []);
}

/** The ConfigError that the warm-up ends in. */
export async function mistake(infer: OnnxInfer): Promise<ConfigError> {
  const thrown: unknown = await infer.warmUp().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(ConfigError);
  return thrown as ConfigError;
}

export function expectClose(
  actual: ArrayLike<number | string> | undefined,
  expected: readonly number[],
  digits = 6,
): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual?.[i]).toBeCloseTo(value, digits);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function softmax(...logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
