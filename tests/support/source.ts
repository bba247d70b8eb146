import {
  type Action,
  type Actions,
  type BatchOutcome,
  createEngine,
  type DeadLetterStore,
  type Delivery,
  type Engine,
  type EngineOptions,
  type Ingest,
  isRetryable,
  type PreprocessCapabilities,
  type Store,
} from "sluice";
import type { Harness, Subject } from "./contract";
import { type ManualClock, manualClock } from "./manual-clock";
import { memoryInfer } from "./memory";
import { all, testPipeline } from "./records";

/** One process of a deployed pipeline, from its stream to its stores, as its platform drives it. */
export interface Deployment {
  ingest: Ingest;
  store: Store;
  deadLetters: DeadLetterStore;
  actions: Actions;
  /** The actions that have arrived. */
  received: () => AsyncIterable<Action>;
  /** What the platform hands over next, after whatever wait it makes; undefined when all is acknowledged. */
  receive(): Promise<Delivery | undefined>;
  /** Gives the platform its answer. */
  answer(delivery: Delivery, outcome: BatchOutcome): Promise<void>;
  /** Whether its ports wait for a real service. */
  busy?: () => boolean;
}

export type DeploymentSubject = Subject<Deployment, PreprocessCapabilities>;
export type DeploymentHarness = Harness<Deployment>;

/** An outcome in which the given messages must come again and all others are done. */
export function outcomeOf({ messages }: Delivery, retry: readonly number[] = []): BatchOutcome {
  const outcomes = messages.map((_, index) => (retry.includes(index) ? ("retry" as const) : ("done" as const)));
  const stored = messages.length - retry.length;
  const none = { duplicates: 0, deadLettered: 0, reasons: {}, retryCode: undefined, retryAfterMs: undefined };
  return {
    ...none,
    messages: outcomes,
    firstRetry: outcomes.indexOf("retry"),
    received: messages.length,
    stored,
    retried: retry.length,
  };
}

/** Publishes each body as a message of its own, all under one key. */
export async function publishEach({ ingest }: Deployment, bodies: readonly (string | Uint8Array)[]): Promise<void> {
  for (const body of bodies) await ingest.publish({ keys: ["k0"], bodies: [body] });
}

export interface Worker {
  engine: Engine;
  clock: ManualClock;
}

/** The engine over a deployment's ports, some of them replaced. */
export function workerOn(deployment: Deployment, replaced: Partial<EngineOptions> = {}): Worker {
  const { store, deadLetters, actions } = deployment;
  const clock = manualClock({ busy: deployment.busy });
  const ports = { pipeline: testPipeline, infer: memoryInfer(), store, deadLetters, actions };
  return { clock, engine: createEngine({ ...ports, clock, random: () => 0.5, ...replaced }) };
}

/** Receives, processes and answers until nothing is left, or `most` deliveries. Returns the outcomes. */
export async function drain(deployment: Deployment, worker: Worker, most = 60): Promise<BatchOutcome[]> {
  const outcomes: BatchOutcome[] = [];
  while (outcomes.length < most) {
    const delivery = await deployment.receive();
    if (delivery === undefined) break;
    const outcome = await worker.engine.processBatch(delivery);
    await deployment.answer(delivery, outcome);
    outcomes.push(outcome);
    // A source that delivers again waits, and so do breakers.
    if (outcome.firstRetry !== -1) await worker.clock.advance(outcome.retryAfterMs ?? 1_000);
  }
  return outcomes;
}

/** What has become of the events: ids of rows, and letters. */
export async function effects({ store, deadLetters }: Deployment, ids: readonly string[], key = "k0") {
  const stored: string[] = [];
  for (const id of ids) if (await store.read(key, id)) stored.push(id);
  const letters = await all(deadLetters.list({ limit: 1_000 }));
  const rows = store.query ? (await all(store.query({ limit: 1_000 }))).length : stored.length;
  return { stored, letters, rows, givenUp: letters.filter(({ code }) => isRetryable(code)) };
}
