import { type Consumer, type LocalDatabase, localPreprocess } from "../../adapters/local";
import { systemClock, systemRandom } from "../../adapters/system";
import type { Clock, Random } from "../../shared/clock";
import type { BatchOutcome, Delivery } from "../../shared/delivery";
import { type ErrorCode, SluiceError } from "../../shared/errors";

/** The part of the engine a worker needs. */
export interface Engine {
  processBatch(delivery: Delivery): Promise<BatchOutcome>;
}

export interface WorkerOptions {
  database: LocalDatabase;
  engine: Engine;
  /** Workers of one group share the partitions. Default `default`. */
  group?: string | undefined;
  /** For people to read. */
  worker?: string | undefined;
  /** Within this time another worker has the partitions of one that died. Default 5000. */
  leaseMs?: number | undefined;
  /** Events per batch. Default 1000. */
  batchEvents?: number | undefined;
  /** Drains: the current batch is finished and checkpointed, the partitions are given back. */
  signal?: AbortSignal | undefined;
  /** How long to wait at most before looking again when there is nothing to do, milliseconds: 1, 2, 4 ... Default 20. */
  idleMs?: number | undefined;
  /** True: end once every partition is processed to its end. A function is asked too, such as whether the producer has finished. */
  untilDrained?: boolean | (() => boolean) | undefined;
  /** After each batch, once its outcome is checkpointed. */
  onBatch?: ((outcome: BatchOutcome, delivery: Delivery) => void) | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

/** Sums over all batches; `received = stored + duplicates + deadLettered + retried`. */
export interface WorkerSummary {
  batches: number;
  received: number;
  stored: number;
  duplicates: number;
  deadLettered: number;
  retried: number;
  reasons: Partial<Record<ErrorCode, number>>;
  /** Batches whose partition went to another worker before their checkpoint: it does them again. */
  leasesLost: number;
}

/** Bounds of the wait before a batch is delivered again, or a failed step is tried again, milliseconds. */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;

/** Consumes a group's share of the log until told to stop. Throws ConfigErrors and what else cannot go away by itself. */
export async function runWorker(options: WorkerOptions): Promise<WorkerSummary> {
  const { database, engine, signal, idleMs = 20, untilDrained = false, onBatch } = options;
  const { group, worker, leaseMs, batchEvents, clock = systemClock, random = systemRandom } = options;
  const consumer = database.consumer({ group, worker, leaseMs, batchEvents });
  const preprocess = localPreprocess(consumer);
  const summary = emptySummary();
  const backoff = createBackoff(clock, random);
  const ended = new AbortController();
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const heartbeat = keepAlive(consumer, clock, ended.signal);
  let balanceAt = Number.NEGATIVE_INFINITY;

  const step = async (): Promise<"worked" | "idle" | "drained"> => {
    if (clock.monotonic() >= balanceAt) {
      consumer.balance();
      balanceAt = clock.monotonic() + consumer.heartbeatMs;
    }
    const claim = consumer.next(backoff.waits);
    if (!claim) return isDrained(untilDrained, consumer) ? "drained" : "idle";

    const delivery = preprocess.receive(claim);
    const outcome = await engine.processBatch(delivery);
    if (outcome.firstRetry !== -1) backoff.set(claim.partition, claim.attempt, outcome.retryAfterMs);
    add(summary, outcome);
    onBatch?.(outcome, delivery);
    preprocess.answer(delivery, outcome);
    return "worked";
  };

  try {
    for (let failures = 0, idle = 0; !stop.aborted; ) {
      try {
        const result = await step();
        failures = 0;
        if (result === "drained") break;
        // Even an engine that never waits must not keep timers and signals from running.
        idle = result === "idle" ? idle + 1 : 0;
        // A short look away at first: a worker that keeps up with its producer finds the log empty many times a second.
        if (result === "worked") await nextTurn();
        else await pause(clock, Math.min(idleMs, 2 ** (idle - 1)), stop);
      } catch (error) {
        if (!(error instanceof SluiceError && error.retryable)) throw error;
        // The batch comes again, here or at the partition's new owner; its effects are idempotent.
        if (error.code === "lease-lost") summary.leasesLost++;
        else await pause(clock, error.retryAfterMs ?? jittered(++failures, random), stop);
      }
    }
  } finally {
    ended.abort();
    await heartbeat;
    release(consumer);
  }
  return summary;
}

/** A batch may run longer than a lease: beats while it does. */
async function keepAlive(consumer: Consumer, clock: Clock, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await pause(clock, consumer.heartbeatMs, ended);
    if (ended.aborted) return;
    try {
      consumer.renew();
    } catch {
      // The next beat may get through. If none does, the checkpoint is refused; and what lasts, `balance` meets as well.
    }
  }
}

function isDrained(untilDrained: boolean | (() => boolean), consumer: Consumer): boolean {
  // The producer first: what it has published until then is in the log that is looked at next.
  if (untilDrained === false || (untilDrained !== true && !untilDrained())) return false;
  return consumer.lag().messages === 0;
}

function release(consumer: Consumer): void {
  try {
    consumer.release();
  } catch (error) {
    // The leases end by themselves.
    if (!(error instanceof SluiceError)) throw error;
  }
}

/** Which partitions wait before they are read again. */
function createBackoff(clock: Clock, random: Random) {
  const until = new Map<number, number>();
  return {
    waits: (partition: number) => (until.get(partition) ?? 0) > clock.monotonic(),
    set: (partition: number, attempt: number, retryAfterMs: number | undefined) =>
      until.set(partition, clock.monotonic() + (retryAfterMs ?? jittered(attempt, random))),
  };
}

/** Full jitter: anything up to twice as long each time, so that workers that failed together do not return together. */
function jittered(attempt: number, random: Random): number {
  return random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
}

/** Sleeps; wakes early and without an error when the signal aborts. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function emptySummary(): WorkerSummary {
  return {
    batches: 0,
    received: 0,
    stored: 0,
    duplicates: 0,
    deadLettered: 0,
    retried: 0,
    reasons: {},
    leasesLost: 0,
  };
}

function add(summary: WorkerSummary, outcome: BatchOutcome): void {
  summary.batches++;
  summary.received += outcome.received;
  summary.stored += outcome.stored;
  summary.duplicates += outcome.duplicates;
  summary.deadLettered += outcome.deadLettered;
  summary.retried += outcome.retried;
  for (const [code, count] of Object.entries(outcome.reasons) as [ErrorCode, number][]) {
    summary.reasons[code] = (summary.reasons[code] ?? 0) + count;
  }
}
