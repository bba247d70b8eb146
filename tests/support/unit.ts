import {
  createEngine,
  type DeadLetter,
  type Delivery,
  type Engine,
  type EngineOptions,
  type FeatureMatrix,
  type Infer,
  type ModelOutput,
  type RowBatch,
  type StoredPrediction,
  seededRandom,
  type TelemetryEvent,
  type WriteReport,
} from "sluice";
import { compilePipeline } from "../../shared/compile";
import { createDeadline } from "../../shared/deadline";
import { createDecoder } from "../../shared/engine/decode";
import { type Chunk, createScratchPool } from "../../shared/engine/scratch";
import { unpack } from "../../shared/engine/unpack";
import { DEFAULT_RETRY, type RetryContext } from "../../shared/retry";
import { type ManualClock, manualClock } from "./manual-clock";
import { memoryInfer, memoryState, openMemory } from "./memory";
import { delivery, type TestEvent, testPipeline } from "./records";

/** What a test swaps of the engine and its ports; a port's function replaces only that function. */
export interface Swaps extends Partial<Omit<EngineOptions, "infer" | "store" | "deadLetters" | "actions" | "clock">> {
  clock?: ManualClock;
  warmUp?: Infer["warmUp"];
  infer?: (features: FeatureMatrix, signal: AbortSignal | undefined) => Promise<ModelOutput>;
  /** Given the memory store's own write, to call or not. */
  write?: (
    rows: RowBatch,
    store: (rows: RowBatch) => Promise<WriteReport>,
    signal: AbortSignal | undefined,
  ) => Promise<WriteReport>;
  put?: (letters: readonly DeadLetter[], put: (letters: readonly DeadLetter[]) => Promise<void>) => Promise<void>;
  publish?: NonNullable<EngineOptions["actions"]>["publish"];
}

export interface Bench {
  engine: Engine;
  clock: ManualClock;
  /** Every telemetry event. */
  told: TelemetryEvent[];
  stored(): StoredPrediction[];
  storedIds(): string[];
  letters(): DeadLetter[];
  /** Ids of the actions that went out. */
  actions(): string[];
  process(delivery: Delivery): ReturnType<Engine["processBatch"]>;
}

/** An engine on ports in memory. */
export function bench(swaps: Swaps = {}): Bench {
  const { clock = manualClock(), warmUp, infer, write, put, publish, ...options } = swaps;
  const state = memoryState("unit", 1, clock);
  const memory = openMemory(state);
  const told: TelemetryEvent[] = [];
  const pipeline = options.pipeline ?? testPipeline;
  const model = memoryInfer({ width: pipeline.featureNames.length });
  const engine = createEngine({
    pipeline,
    clock,
    random: seededRandom(1),
    telemetry: (event) => told.push(event),
    ...options,
    infer: {
      ...model,
      ...(warmUp && { warmUp }),
      ...(infer && { infer: (features, call) => infer(features, call?.signal) }),
    },
    store: { ...memory.store, ...(write && { write: (rows, call) => write(rows, memory.store.write, call?.signal) }) },
    deadLetters: { ...memory.deadLetters, ...(put && { put: (letters) => put(letters, memory.deadLetters.put) }) },
    actions: { ...memory.actions, ...(publish && { publish }) },
  });
  return {
    engine,
    clock,
    told,
    stored: () => [...state.predictions.values()],
    storedIds: () => [...state.predictions.keys()],
    letters: () => [...state.letters.values()],
    actions: () => [...state.actions.keys()],
    process: (delivery) => engine.processBatch(delivery),
  };
}

/** A chunk with the rows of these events, as the decoder leaves it. */
export function chunkOf(events: readonly TestEvent[], maxRows = events.length): Chunk {
  const chunk = createScratchPool(maxRows, testPipeline.featureNames.length, true).take();
  const decode = createDecoder(testPipeline, compilePipeline(testPipeline));
  decode(unpack(delivery([events])), 0, events.length, chunk);
  return chunk;
}

/** A retry context in which nothing waits for long. */
export function retryContext(overrides: Partial<RetryContext> = {}): RetryContext {
  const clock = overrides.clock ?? manualClock();
  return {
    clock,
    random: () => 0.5,
    deadline: createDeadline({ clock, reserveMs: 0 }),
    policy: DEFAULT_RETRY,
    stage: "store",
    telemetry: () => {},
    ...overrides,
  };
}
