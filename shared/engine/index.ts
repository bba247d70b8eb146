import { createBreaker } from "../breaker";
import type { Clock, Random } from "../clock";
import { compilePipeline } from "../compile";
import { createDeadline } from "../deadline";
import type { BatchOutcome, Delivery } from "../delivery";
import { ConfigError } from "../errors";
import type { Pipeline } from "../pipeline";
import type { Actions, DeadLetterStore, Infer, ModelInfo, Store } from "../ports";
import { DEFAULT_RETRY, type RetryPolicy } from "../retry";
import { silent, type Telemetry } from "../telemetry";
import { createBatch } from "./batch";
import { createDecoder } from "./decode";
import { createScorer } from "./score";
import { createScratchPool } from "./scratch";

export interface EngineOptions {
  pipeline: Pipeline;
  infer: Infer;
  store: Store;
  deadLetters: DeadLetterStore;
  /** Needed if the pipeline has actions. */
  actions?: Actions | undefined;
  clock: Clock;
  random: Random;
  telemetry?: Telemetry;
  retry?: Partial<RetryPolicy>;
  /** Rows per inference call and per store write. */
  maxRows?: number;
  /** After this many deliveries an error that nobody can classify is blamed on the record. */
  maxAttempts?: number;
  /** Milliseconds before the deadline at which work stops, for the answer itself. */
  reserveMs?: number;
}

export interface Engine {
  /** Loads the model and makes one real prediction. Call it before taking work; the first batch does otherwise. */
  warmUp(): Promise<ModelInfo>;
  /**
   * Decode, validate, score, store and act on one delivery, and say what became of each message. Never throws for what a
   * record holds; a ConfigError (the set-up is wrong) is thrown, and then nothing is to be acknowledged.
   */
  processBatch(delivery: Delivery): Promise<BatchOutcome>;
}

/** Rows per model call: batches of 100 to 1,000 are where a call costs least per row, measured. */
export const DEFAULT_MAX_ROWS = 1_000;
export const DEFAULT_MAX_ATTEMPTS = 5;
export const DEFAULT_RESERVE_MS = 1_000;

export function createEngine(options: EngineOptions): Engine {
  const { pipeline, infer, clock, telemetry = silent } = options;
  checkOptions(options);
  const maxRows = Math.min(options.maxRows ?? DEFAULT_MAX_ROWS, infer.capabilities.maxRows);
  const compiled = compilePipeline(pipeline);
  const pool = createScratchPool(maxRows, pipeline.featureNames.length, pipeline.quality !== undefined);
  const batch = createBatch({
    ...options,
    telemetry,
    maxRows,
    maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    policy: { ...DEFAULT_RETRY, ...options.retry },
    decode: createDecoder(pipeline, compiled),
    scorer: createScorer(pipeline, compiled),
    modelBreaker: createBreaker({ clock, telemetry, stage: "infer" }),
    storeBreaker: createBreaker({ clock, telemetry, stage: "store" }),
  });

  let model: ModelInfo | undefined;
  let warming: Promise<ModelInfo> | undefined;
  const warmUp = () => {
    // A failure is not kept: the next batch tries again, for an endpoint may just be starting.
    warming ??= infer.warmUp().finally(() => {
      warming = undefined;
    });
    return warming.then((info) => {
      model = info;
      return info;
    });
  };

  return {
    warmUp: () => (model === undefined ? warmUp() : Promise.resolve(model)),
    async processBatch(delivery) {
      const deadline = createDeadline({
        clock,
        at: delivery.deadline,
        reserveMs: options.reserveMs ?? DEFAULT_RESERVE_MS,
        parent: delivery.signal,
      });
      const chunk = pool.take();
      try {
        return await batch(delivery, deadline, chunk, model ?? warmUp);
      } finally {
        deadline.dispose();
        // A call that outlives its batch still reads the chunk's columns: they must not become the next batch's.
        if (!deadline.signal?.aborted) pool.giveBack(chunk);
      }
    },
  };
}

function checkOptions({ pipeline, actions, maxRows = 1 }: EngineOptions): void {
  const where = `engine of pipeline ${JSON.stringify(pipeline.name)}`;
  if (pipeline.actions.length > 0 && actions === undefined)
    throw new ConfigError(
      "the pipeline has actions and nowhere to publish them.",
      where,
      "Give the engine an `actions` port.",
    );
  if (!Number.isInteger(maxRows) || maxRows < 1)
    throw new ConfigError(`\`maxRows\` is ${maxRows}.`, where, "Use a whole number from 1 on.");
}
