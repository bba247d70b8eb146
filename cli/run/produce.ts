import type { LocalDatabase } from "../../adapters/local";
import type { Clock } from "../../shared/clock";
import { deadLetter } from "../../shared/deadletter";
import { SluiceError } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import type { DeadLetterStore, Ingest, PublishReport } from "../../shared/ports";
import { HEAD_BYTES } from "../events/lines";
import { createRouter } from "../events/route";
import type { EventBatch, EventSource } from "../events/source";
import { Failure } from "../failure";
import { count } from "../format";

/** What events are sent to. */
export interface Target {
  ingest: Ingest;
  deadLetters: DeadLetterStore;
  /** Of the stream; undefined where the platform decides. */
  partitions: number | undefined;
  /** How many dead letters are too long for the log, where that is counted. */
  countTooLong?: (() => number) | undefined;
}

export interface ProduceOptions {
  source: EventSource;
  target: Target;
  pipeline: Pipeline;
  /** Makes a repeated run harmless: event `i` of the source has the number `i` of this producer. */
  producer: string;
  /** Most events per second; undefined: as fast as they are processed. */
  rate?: number | undefined;
  /** How far the consumers are behind, events: they are waited for when it is too much; undefined: nobody consumes yet. */
  lag?: (() => number) | undefined;
  /** What is too much. Default 16,000. */
  maxLagEvents?: number | undefined;
  clock: Clock;
  signal: AbortSignal;
}

/** Counts while it runs and when it is done. */
export interface Produced {
  /** Events the source has given. */
  received: number;
  /** Now durable because of this call. */
  accepted: number;
  /** Were durable before, of the same producer. */
  alreadyAccepted: number;
  /** Too long for the log, and dead-lettered at once. Part of `accepted` or `alreadyAccepted` like all others. */
  tooLong: number;
  isComplete: boolean;
}

/** One transaction per partition and call, so more events cost less each; this many take some 10 ms. */
const PUBLISH_EVENTS = 2_000;

/**
 * How far the workers may be behind. Enough that they never wait for the producer; few enough that memory stays flat and
 * the time from acceptance to done means something.
 */
const MAX_LAG_EVENTS = 16_000;
const LAG_POLL_MS = 2;

const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 50;

/** Letters of events that never were in the log come from no partition of it. */
export const INPUT_PARTITION = "input";

/** Sends a source's events to the log, no faster than they are asked for. Updates `produced` as it goes. */
export async function produce(options: ProduceOptions, produced: Produced): Promise<void> {
  const { source, target, pipeline, clock, signal, lag, rate, maxLagEvents = MAX_LAG_EVENTS } = options;
  const { ingest, deadLetters, countTooLong } = target;
  const route = createRouter(pipeline, target.partitions);
  const size = rate === undefined ? PUBLISH_EVENTS : Math.max(1, Math.min(PUBLISH_EVENTS, Math.ceil(rate / 20)));
  const startedAt = clock.monotonic();
  let sequence = 0;

  // A pipe may bring nothing for hours, and whoever stops us does not wait for it.
  signal.addEventListener("abort", () => source.close(), { once: true });
  const { maxEventBytes: maxBytes } = ingest.capabilities;
  for await (const batch of source.batches({ size, maxBytes, route })) {
    if (signal.aborted) return;
    while (lag && lag() > maxLagEvents && !signal.aborted) await pause(LAG_POLL_MS);
    if (rate !== undefined) await pause(startedAt + (produced.received / rate) * 1_000 - clock.monotonic());
    if (signal.aborted) return;
    if (batch.keys.length > 0) await publish(batch, sequence);
    if (batch.long.length > 0) await putAside(batch);
    sequence += batch.keys.length;
    // Appending never waits, so without this neither the progress nor Ctrl-C would get a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  produced.isComplete = !signal.aborted;

  async function pause(ms: number): Promise<void> {
    if (ms > 0) await clock.sleep(ms, signal).catch(() => {});
  }

  async function publish(batch: EventBatch, first: number): Promise<void> {
    let accepted = 0;
    let { keys, bodies } = batch;
    for (let attempt = 1; ; attempt++) {
      const report = await ingest.publish({ keys, bodies, producer: { id: options.producer, sequence: first } });
      accepted += report.accepted;
      if (report.failures.length === 0) break;
      await beforeRetry(report, attempt);
      // Where a producer is known by its numbers, it is harmless to publish the whole batch again, and needed to keep them.
      if (ingest.capabilities.idempotentProducer) continue;
      const failed = report.failures.map(({ index }) => index).sort((a, b) => a - b);
      keys = failed.map((index) => keys[index]!);
      bodies = failed.map((index) => bodies[index]!);
    }
    produced.received += batch.keys.length;
    produced.accepted += accepted;
    produced.alreadyAccepted += batch.keys.length - accepted;
  }

  async function beforeRetry({ failures }: PublishReport, attempt: number): Promise<void> {
    const { error } = failures[0]!;
    if (!error.retryable || attempt >= ATTEMPTS)
      throw new Failure(
        `${failures.length} events could not be appended to the log: ${error.message}. Nothing is lost: put that right and run the same command again.`,
      );
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    signal.throwIfAborted();
  }

  async function putAside({ long }: EventBatch): Promise<void> {
    const { maxEventBytes } = ingest.capabilities;
    const before = countTooLong?.();
    const letters = long.map(({ head, bytes, index }) =>
      deadLetter(
        head,
        new SluiceError(
          "oversize",
          "ingest",
          `The event is ${count(bytes)} bytes long, and the log takes ${count(maxEventBytes)}. Only the first ${count(HEAD_BYTES)} bytes are kept.`,
        ),
        {
          position: { source: options.producer, partition: INPUT_PARTITION, offset: String(index), index: 0 },
          attempts: 1,
          pipeline: pipeline.name,
          pipelineVersion: pipeline.version,
          modelVersion: "",
          failedAt: clock.now(),
        },
      ),
    );
    await deadLetters.put(letters);
    const fresh = before === undefined ? long.length : Math.min(long.length, countTooLong!() - before);
    produced.received += long.length;
    produced.tooLong += long.length;
    produced.accepted += fresh;
    produced.alreadyAccepted += long.length - fresh;
  }
}

export function nothingProduced(): Produced {
  return { received: 0, accepted: 0, alreadyAccepted: 0, tooLong: 0, isComplete: false };
}

/** The embedded database knows what it has. */
export function localTarget(database: LocalDatabase): Target {
  const { ingest, deadLetters, partitions } = database;
  return { ingest, deadLetters, partitions, countTooLong: () => database.stats().deadLetters.oversize ?? 0 };
}
