import type { Breaker } from "../breaker";
import { createDeadline, type Deadline } from "../deadline";
import type { BatchOutcome, Delivery } from "../delivery";
import { SluiceError, type Stage, toSluiceError } from "../errors";
import type { ModelInfo, RowBatch } from "../ports";
import { type RetryContext, type RetryPolicy, retry } from "../retry";
import type { Telemetry } from "../telemetry";
import type { EngineOptions } from ".";
import { planActions, runActions } from "./act";
import type { Decoder } from "./decode";
import { createLedger } from "./ledger";
import { writeLetters } from "./letters";
import { persist } from "./persist";
import { keepScored, type Scorer } from "./score";
import { type Chunk, clear, type Reject } from "./scratch";
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
  /** The model, or how to get it ready. */
  warm: ModelInfo | (() => Promise<ModelInfo>),
) => Promise<BatchOutcome>;

/** One delivery through all stages, a micro-batch at a time. */
export function createBatch(options: BatchOptions): ProcessBatch {
  const { pipeline, clock, random, telemetry, infer, store, actions, maxRows, policy } = options;

  return async function processBatch(delivery, deadline, chunk, warm) {
    const unpacked = unpack(delivery);
    const ledger = createLedger(delivery, unpacked, clock);
    /** The rows' own fault; what nobody can classify is that too, once the source has delivered often enough. */
    const blamesRows = (error: SluiceError) =>
      !error.retryable ||
      (error.code === "internal" && (delivery.lastAttempt || delivery.attempt >= options.maxAttempts));
    const mayPass = (error: SluiceError) => !blamesRows(error);
    const context = (stage: Stage, within = deadline): RetryContext => ({
      clock,
      random,
      deadline: within,
      policy,
      stage,
      telemetry,
      mayPass,
    });
    const inferContext = context("infer");
    const storeContext = context("store");
    let model = typeof warm === "function" ? undefined : warm;

    for (let from = 0; from < ledger.events; from += maxRows) {
      if (delivery.ordered && ledger.mustRetry()) break;
      try {
        // A call that was given up may still read the chunk's columns, so they are not filled again.
        deadline.check("engine");
      } catch (thrown) {
        ledger.cutOff(thrown as SluiceError);
        break;
      }
      clear(chunk);
      options.decode(unpacked, from, Math.min(from + maxRows, ledger.events), chunk);
      ledger.timed("decode");
      try {
        model ??= await retry(warm as () => Promise<ModelInfo>, inferContext);
        await scoreAndStore(chunk, model);
      } catch (thrown) {
        // Nothing of this chunk is known to be durable, and nobody in it is to blame.
        const error = toSluiceError(thrown, "infer");
        for (const [row] of chunk.eventOf.entries()) ledger.failed(rejectOf(chunk, row, error));
      }
      await deadLetter(chunk.rejects, deadline);
    }
    if (delivery.lastAttempt) await giveUp();
    const outcome = ledger.outcome();
    telemetry(ledger.event(pipeline.name, model?.version ?? ""));
    return outcome;

    async function scoreAndStore(chunk: Chunk, info: ModelInfo): Promise<void> {
      const call = (features: Chunk["features"]) =>
        retry(
          // Raced inside the breaker: a probe that hangs must settle it.
          (signal) => options.modelBreaker.run(() => deadline.race(infer.infer(features, { signal }), "infer")),
          inferContext,
        );
      const predictions = keepScored(chunk, await options.scorer.score(chunk, call, blamesRows));
      const planned = planActions(pipeline, chunk, predictions);
      ledger.timed("infer");

      const { count, ids, keys, times, truths, features } = chunk;
      const pipelineVersion = pipeline.version;
      // Asked now: a model that was replaced behind its endpoint says so with its answer.
      const modelVersion = info.version;
      const rows: RowBatch = { count, ids, keys, times, truths, features, predictions, modelVersion, pipelineVersion };
      const { duplicates, failures } = await persist(rows, {
        store,
        retry: storeContext,
        call: (operation) => options.storeBreaker.run(operation),
        blamesRows,
      });
      ledger.timed("store");

      const undone = await runActions(planned, failures, actions, context("actions"), keys);
      ledger.timed("actions");
      if (duplicates.size + failures.size + undone.size === 0) return ledger.allDurable(chunk.eventOf);
      for (let row = 0; row < count; row++) {
        const error = failures.get(row) ?? undone.get(row);
        if (error === undefined) ledger.durable(chunk.eventOf[row]!, duplicates.has(row));
        else if (blamesRows(error)) chunk.rejects.push(rejectOf(chunk, row, error));
        else ledger.failed(rejectOf(chunk, row, error));
      }
    }

    /** If the letters cannot be written their events must come again: none is acknowledged without a trace. */
    async function deadLetter(rejects: readonly Reject[], within: Deadline): Promise<void> {
      if (rejects.length === 0) return;
      try {
        const modelVersion = model?.version ?? "";
        await writeLetters(
          rejects,
          { ...options, delivery, unpacked, ledger, modelVersion },
          context("deadletter", within),
        );
        for (const { event, error } of rejects) ledger.deadLettered(event, error.code);
      } catch (thrown) {
        const error = toSluiceError(thrown, "deadletter");
        for (const reject of rejects) ledger.failed(reject, error);
      }
      ledger.timed("deadletter");
    }

    /** The source will not deliver again: letters may use the time that was kept back for the answer, shutdown or not. */
    async function giveUp(): Promise<void> {
      const cutOff = new SluiceError(
        "deadline",
        "engine",
        "The batch ended before the event's turn, at its last attempt.",
      );
      const lastMoment = createDeadline({ clock, at: delivery.deadline, reserveMs: 0 });
      await deadLetter(ledger.giveUp(cutOff), lastMoment);
      lastMoment.dispose();
    }
  };
}

function rejectOf(chunk: Chunk, row: number, error: SluiceError): Reject {
  return { event: chunk.eventOf[row]!, error, key: chunk.keys[row], eventId: chunk.ids[row] };
}
