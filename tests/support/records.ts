import {
  type DeadLetter,
  type Delivery,
  deadLetter,
  definePipeline,
  encodeEnvelope,
  type FeatureMatrix,
  type Message,
  type RowBatch,
  SluiceError,
} from "sluice";
import * as z from "zod";

const NOW = Date.UTC(2026, 0, 1);

export interface TestEvent {
  id: string;
  key: string;
  at: number;
  amount: number;
  count: number;
  label?: boolean | undefined;
  note?: string | undefined;
}

/** Rows from this score on call for the action `alert`. */
export const ALERT_FROM = 0.9;

/** Three features, one score, one action, and the truth where an event carries it. */
export const testPipeline = definePipeline({
  name: "test-pipeline",
  version: "1",
  event: z.object({
    id: z.string(),
    key: z.string(),
    at: z.number(),
    amount: z.number(),
    count: z.number().int(),
    label: z.boolean().optional(),
    note: z.string().optional(),
  }),
  id: (event) => event.id,
  key: (event) => event.key,
  time: (event) => event.at,
  features: {
    amount: (event) => event.amount,
    count: (event) => event.count,
    ratio: (event) => event.amount / Math.max(1, event.count),
  },
  model: { file: "none.onnx", outputs: { score: { width: 1 } } },
  prediction: {
    score: (output) => output.score(),
    suspicious: (output) => output.score() >= 0.5,
    amount: (_, event) => event.amount,
    note: (_, event) => event.note ?? null,
  },
  quality: { truth: (event) => event.label, predicted: "suspicious", score: "score" },
  actions: [{ name: "alert", when: ({ score }) => score >= ALERT_FROM }],
});

/** The same without actions. */
export const quietPipeline = { ...testPipeline, actions: [] };

/** An event by number: `event(7)` has the id `e7`. */
export function event(number: number, overrides: Partial<TestEvent> = {}): TestEvent {
  return { id: `e${number}`, key: `k${number % 3}`, at: NOW + number, amount: number, count: 1, ...overrides };
}

export function events(count: number, overrides: Partial<TestEvent> = {}): TestEvent[] {
  return Array.from({ length: count }, (_, i) => event(i, overrides));
}

/** What a producer sends: JSON. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}

/** A message: one body, or an envelope where there is a list of them. */
export type Body = string | Uint8Array | TestEvent | readonly (string | Uint8Array | TestEvent)[];

/** A delivery with one message per body; its offsets count from 0. */
export function delivery(bodies: readonly Body[], overrides: Partial<Delivery> = {}): Delivery {
  return {
    source: "test",
    partition: "0",
    messages: bodies.map((body, offset) => message(body, offset)),
    ordered: true,
    attempt: 1,
    lastAttempt: false,
    ...overrides,
  };
}

export function message(body: Body, offset: number | string): Message {
  const bytes = isList(body) ? encodeEnvelope(body.map(raw), NOW) : raw(body);
  return { body: bytes, offset: String(offset) };
}

function isList(body: Body): body is readonly (string | Uint8Array | TestEvent)[] {
  return Array.isArray(body);
}

function raw(body: string | Uint8Array | TestEvent): string | Uint8Array {
  return typeof body === "string" || body instanceof Uint8Array ? body : json(body);
}

/** Rows as the engine hands them to a store: of the given events, or of the first `count`. */
export function rowBatch(of: number | readonly TestEvent[], overrides: Partial<RowBatch> = {}): RowBatch {
  const rows = typeof of === "number" ? events(of) : of;
  return {
    count: rows.length,
    ids: rows.map(({ id }) => id),
    keys: rows.map(({ key }) => key),
    times: rows.map(({ at }) => at),
    predictions: rows.map(({ amount, note = null }) => ({
      score: amount / 100,
      suspicious: amount >= 50,
      amount,
      note,
    })),
    truths: rows.map(({ label }) => (label === undefined ? null : Number(label))),
    features: matrix(rows),
    modelVersion: "model-1",
    pipelineVersion: "1",
    ...overrides,
  };
}

function matrix(rows: readonly TestEvent[]): FeatureMatrix {
  const data = rows.flatMap(({ amount, count }) => [amount, count, amount / Math.max(1, count)]);
  return { rows: rows.length, width: 3, data: Float32Array.from(data) };
}

/** A dead letter by number: its place is the offset, so different numbers have different ids. */
export function letter(number: number, overrides: Partial<DeadLetter> = {}): DeadLetter {
  const error = new SluiceError("json", "decode", "The event is not valid JSON.");
  return {
    ...deadLetter(`{"broken":${number}`, error, {
      position: { source: "test", partition: "0", offset: String(number), index: 0 },
      attempts: 1,
      pipeline: testPipeline.name,
      pipelineVersion: testPipeline.version,
      modelVersion: "model-1",
      failedAt: NOW + number,
    }),
    ...overrides,
  };
}

/** An action by number, as the engine plans it. */
export function action(number: number) {
  const { id, key, at, amount } = event(number);
  return { id: `${id}:alert`, name: "alert", eventId: id, key, time: at, prediction: { score: 0.95, amount } };
}

/** Collects what a port lists. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
