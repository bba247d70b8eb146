import type { LocalDatabase } from "../../adapters/local";
import type { Clock } from "../../shared/clock";
import { deadLetter } from "../../shared/deadletter";
import { SluiceError } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import type { PublishReport } from "../../shared/ports";
import { HEAD_BYTES } from "../events/lines";
import { createRouter } from "../events/route";
import type { EventBatch, EventSource } from "../events/source";
import { Failure } from "../failure";
import { count } from "../format";

export interface ProduceOptions {
  source: EventSource;
  database: LocalDatabase;
  pipeline: Pipeline;
  /** Makes a repeated run harmless: event `i` of the source has the number `i` of this producer. */
  producer: string;
  /** Most events per second; undefined: as fast as they are processed. */
  rate?: number | undefined;
  /** The consumers to wait for when they are too far behind; undefined: none. */
  group?: string | undefined;
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
  const { source, database, pipeline, clock, signal, group, rate } = options;
  const route = createRouter(pipeline, database.partitions);
  const consumer = group === undefined ? undefined : database.consumer({ group });
  const size = rate === undefined ? PUBLISH_EVENTS : Math.max(1, Math.min(PUBLISH_EVENTS, Math.ceil(rate / 20)));
  const startedAt = clock.monotonic();
  let sequence = 0;

  // A pipe may bring nothing for hours, and whoever stops us does not wait for it.
  signal.addEventListener("abort", () => source.close(), { once: true });
  const { maxEventBytes: maxBytes } = database.ingest.capabilities;
  for await (const batch of source.batches({ size, maxBytes, route })) {
    if (signal.aborted) return;
    while (consumer && consumer.lag().events > MAX_LAG_EVENTS && !signal.aborted) await pause(LAG_POLL_MS);
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

  async function publish({ keys, bodies }: EventBatch, first: number): Promise<void> {
    let accepted = 0;
    for (let attempt = 1; ; attempt++) {
      const report = await database.ingest.publish({
        keys,
        bodies,
        producer: { id: options.producer, sequence: first },
      });
      accepted += report.accepted;
      if (report.failures.length === 0) break;
      await beforeRetry(report, attempt);
    }
    produced.received += keys.length;
    produced.accepted += accepted;
    produced.alreadyAccepted += keys.length - accepted;
  }

  /** The numbers of a producer make it harmless to publish a whole batch again. */
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
    const { maxEventBytes } = database.ingest.capabilities;
    const before = total(database);
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
    await database.deadLetters.put(letters);
    const fresh = Math.min(long.length, total(database) - before);
    produced.received += long.length;
    produced.tooLong += long.length;
    produced.accepted += fresh;
    produced.alreadyAccepted += long.length - fresh;
  }
}

export function nothingProduced(): Produced {
  return { received: 0, accepted: 0, alreadyAccepted: 0, tooLong: 0, isComplete: false };
}

function total(database: LocalDatabase): number {
  return database.stats().deadLetters.oversize ?? 0;
}
