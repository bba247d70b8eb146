import type { KinesisStreamEvent } from "aws-lambda";
import type { Clock, Random } from "../../../shared/clock";
import type { Backoff } from "./backoff";
import { toEvent } from "./event";
import { type Discarded, type FailureOrigin, failureKey, failureRecord } from "./failure";
import { type Outcome, readAnswer, readError } from "./outcome";
import { type Batch, decide } from "./policy";
import type { ResolvedSettings } from "./settings";
import type { StreamRecord } from "./source";
import type { MappingStats } from "./stats";

/**
 * Runs the function once. Resolves with its JSON answer; rejects with a function error, or before the function ran with an
 * error whose `statusCode` is 429 or 5xx.
 */
export type Invoke = (event: KinesisStreamEvent, options: { functionTimeoutMs: number }) => Promise<unknown>;

/** Writes one object to the destination's bucket. */
export type OnFailure = (key: string, body: string) => Promise<void>;

/** What all shards of a mapping share. */
export interface MappingContext {
  id: string;
  settings: ResolvedSettings;
  origin: FailureOrigin;
  invoke: Invoke;
  functionTimeoutMs: number;
  onFailure: OnFailure | undefined;
  clock: Clock;
  random: Random;
  backoff: Backoff;
  stats: MappingStats;
}

/**
 * Brings a batch of one lane to its end: every record is processed or given up, in order. `settle` gets the records that
 * are through. Returns early, with the rest unsettled, when the signal aborts; an invocation that runs is waited for.
 */
export async function processBatch(
  records: readonly StreamRecord[],
  shardId: string,
  context: MappingContext,
  settle: (records: readonly StreamRecord[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const { settings, stats, clock, backoff } = context;
  const todo: Batch[] = [{ records, retries: 0, invocations: 0 }];
  for (let failures = 0; !signal.aborted; ) {
    const batch = todo.shift();
    if (!batch) return;
    const old = leadingOlderThan(settings.maximumRecordAgeMs, batch.records, clock.now());
    if (old > 0) {
      const aged = batch.records.slice(0, old);
      const detail = { shardId, condition: "RecordAgeExceeded", functionError: false } as const;
      await discard({ ...detail, records: aged, invocations: batch.invocations }, context, signal);
      settle(aged);
      if (old < batch.records.length) todo.unshift({ ...batch, records: batch.records.slice(old) });
      continue;
    }

    const outcome = await invokeOnce(batch, shardId, context);
    const { done, exhausted, again, wait } = decide(batch, outcome, settings);
    if (again.length > 1) stats.splits++;
    stats.processed += done.length;
    if (done.length > 0) settle(done);
    if (exhausted.length > 0) {
      const functionError = outcome.kind === "failed" && outcome.functionError;
      const detail = { shardId, condition: "RetryAttemptsExhausted", functionError } as const;
      await discard({ ...detail, records: exhausted, invocations: batch.invocations + 1 }, context, signal);
      settle(exhausted);
    }
    todo.unshift(...again);
    failures = wait ? failures + 1 : 0;
    if (wait) await backoff.wait(failures, signal);
  }
}

async function invokeOnce(batch: Batch, shardId: string, context: MappingContext): Promise<Outcome> {
  const { settings, stats, functionTimeoutMs } = context;
  const outcome = await context
    .invoke(toEvent(batch.records, shardId, context.origin), { functionTimeoutMs })
    .then(
      (answer) => (settings.reportsItemFailures ? readAnswer(answer, batch.records) : ({ kind: "success" } as const)),
      readError,
    );
  if (outcome.kind === "not-invoked") stats.throttles++;
  else stats.invocations++;
  if (outcome.kind === "failed") stats.failures++;
  if (outcome.kind === "partial") stats.partialFailures++;
  return outcome;
}

/** Returns once the destination holds the records: until then the shard does not move on. */
async function discard(discarded: Discarded, context: MappingContext, signal: AbortSignal): Promise<void> {
  const { stats, clock, random, onFailure } = context;
  if (onFailure) {
    const now = clock.now();
    const key = failureKey(context.id, discarded.shardId, now, random);
    const body = failureRecord(discarded, context.origin, now, random);
    for (let failures = 1; ; failures++) {
      try {
        await onFailure(key, body);
        break;
      } catch {
        stats.letterErrors++;
        await context.backoff.wait(failures, signal);
      }
    }
    stats.letters++;
  }
  stats.discarded += discarded.records.length;
}

/** Records of a shard stand in order of arrival, so the old ones stand first. */
function leadingOlderThan(ageMs: number, records: readonly StreamRecord[], now: number): number {
  const young = records.findIndex(({ arrivedAt }) => now - arrivedAt <= ageMs);
  return young === -1 ? records.length : young;
}
