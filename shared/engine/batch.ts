import type { Breaker } from "../breaker";
import { deadLetter, type LetterContext } from "../deadletter";
import type { Deadline } from "../deadline";
import type { BatchOutcome, Delivery } from "../delivery";
import { type SluiceError, type Stage, toSluiceError } from "../errors";
import type { ModelInfo, RowBatch } from "../ports";
import { type RetryContext, type RetryPolicy, retry } from "../retry";
import type { Telemetry } from "../telemetry";
import type { EngineOptions } from ".";
import { planActions, runActions } from "./act";
import type { Decoder } from "./decode";
import { createLedger, type Ledger } from "./ledger";
import { persist } from "./persist";
import { keepScored, type Scorer } from "./score";
import { type Chunk, clear } from "./scratch";
import { unpack } from "./unpack";

export interface BatchOptions extends EngineOptions {
  telemetry: Telemetry;
  maxRows: number;
  maxAttempts: number;
  policy: RetryPolicy;
  decode: Decoder;
  scorer: Scorer;
  modelBreaker: Breaker;
  storeBreaker: Breaker;
}

export type ProcessBatch = (
  delivery: Delivery,
  deadline: Deadline,
  chunk: Chunk,
  warmUp: () => Promise<ModelInfo>,
) => Promise<BatchOutcome>;

/** One delivery through all stages, a micro-batch at a time. */
export function createBatch(options: BatchOptions): ProcessBatch {
  const { pipeline, clock, random, telemetry, infer, store, deadLetters, actions, maxRows, policy } = options;

  return async function processBatch(delivery, deadline, chunk, warmUp) {
    const unpacked = unpack(delivery);
    const ledger = createLedger(delivery, unpacked, clock);
    const context = (stage: Stage): RetryContext => ({ clock, random, deadline, policy, stage, telemetry });
    const inferContext = context("infer");
    const storeContext = context("store");
    /** The rows' own fault; what nobody can classify is that too, once the source has delivered often enough. */
    const blamesRows = (error: SluiceError) =>
      !error.retryable || (error.code === "internal" && delivery.attempt >= options.maxAttempts);

    let model: ModelInfo | undefined;
    for (let from = 0; from < ledger.events; from += maxRows) {
      const to = Math.min(from + maxRows, ledger.events);
      clear(chunk);
      options.decode(unpacked, from, to, chunk);
      ledger.timed("decode");
      try {
        model ??= await retry(warmUp, inferContext);
        await scoreAndStore(chunk, model, ledger);
      } catch (thrown) {
        // Nothing of this chunk is known to be durable, and nobody in it is to blame.
        const error = toSluiceError(thrown, "infer");
        for (const event of chunk.eventOf) ledger.failed(event, error);
      }
      await dispose(chunk, model, ledger);
      if (delivery.ordered && ledger.mustRetry()) break;
    }
    const outcome = ledger.outcome();
    telemetry(ledger.event(pipeline.name, model?.version ?? ""));
    return outcome;

    async function scoreAndStore(chunk: Chunk, model: ModelInfo, ledger: Ledger): Promise<void> {
      const scored = await options.scorer.score(
        chunk,
        (features) =>
          retry((signal) => options.modelBreaker.run(() => infer.infer(features, { signal })), inferContext),
        blamesRows,
      );
      const predictions = keepScored(chunk, scored);
      const planned = planActions(pipeline, chunk, predictions);
      ledger.timed("infer");

      const rows: RowBatch = {
        count: chunk.count,
        ids: chunk.ids,
        keys: chunk.keys,
        times: chunk.times,
        predictions,
        truths: chunk.truths,
        features: chunk.features,
        modelVersion: model.version,
        pipelineVersion: pipeline.version,
      };
      const call = (operation: () => ReturnType<typeof store.write>) => options.storeBreaker.run(operation);
      const { duplicates, failures } = await persist(rows, { store, retry: storeContext, call, blamesRows });
      ledger.timed("store");

      const undone = await runActions(planned, failures, actions, context("actions"));
      ledger.timed("actions");
      if (duplicates.size + failures.size + undone.size === 0) return ledger.allDurable(chunk.eventOf);
      for (let row = 0; row < chunk.count; row++) {
        const event = chunk.eventOf[row]!;
        const error = failures.get(row) ?? undone.get(row);
        if (error === undefined) ledger.durable(event, duplicates.has(row));
        else if (failures.has(row) && blamesRows(error))
          chunk.rejects.push({ event, error, key: chunk.keys[row], eventId: chunk.ids[row] });
        else ledger.failed(event, error);
      }
    }

    /** Dead-letters the rejects. If that fails they must come again: an event is acknowledged only when its letter is durable. */
    async function dispose(chunk: Chunk, model: ModelInfo | undefined, ledger: Ledger): Promise<void> {
      if (delivery.lastAttempt) chunk.rejects.push(...ledger.giveUp());
      if (chunk.rejects.length === 0) return;
      const common: Omit<LetterContext, "position"> = {
        attempts: delivery.attempt,
        pipeline: pipeline.name,
        pipelineVersion: pipeline.version,
        modelVersion: model?.version ?? "",
        failedAt: clock.now(),
      };
      const letters = chunk.rejects.map(({ event, error, key, eventId }) =>
        deadLetter(unpacked.events[event]!, error, { ...common, position: ledger.position(event), key, eventId }),
      );
      try {
        await retry((signal) => deadLetters.put(letters, { signal }), context("deadletter"));
        for (const { event, error } of chunk.rejects) ledger.deadLettered(event, error.code);
      } catch (thrown) {
        const error = toSluiceError(thrown, "deadletter");
        for (const { event } of chunk.rejects) ledger.failed(event, error);
      }
      ledger.timed("deadletter");
    }
  };
}
