import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import type { Clock, Random } from "../../shared/clock";
import type { SluiceError } from "../../shared/errors";
import type { Ingest, ItemFailure } from "../../shared/ports";
import { systemClock, systemRandom } from "../system";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import { cancelled } from "./errors";
import { ADAPTER, MAX_EVENT_BYTES } from "./ingest/limits";
import { pack, type Records } from "./ingest/records";
import { send } from "./ingest/send";

export interface AwsIngestOptions extends Pick<ClientOptions, "region" | "endpoint" | "requestTimeoutMs"> {
  /** Name of the Kinesis stream. */
  stream: string;
  /** Default 1: an event is a record, its key the partition key. With more, up to that many events of a lane share a record, which costs a fraction. */
  eventsPerRecord?: number | undefined;
  /** Where records hold many events: how many partition keys there are. Must not change while order matters. Default 256. */
  lanes?: number | undefined;
  /** How often a record is sent, the first time included. Default 10. */
  maxAttempts?: number | undefined;
  /** Time for a publish, milliseconds: no pause begins that would outlast it. Default 60 s. */
  budgetMs?: number | undefined;
  /** Requests at once. Default 4. */
  parallel?: number | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: KinesisClient | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

export interface AwsIngest extends Ingest {
  /** Made at its first use. */
  readonly client: KinesisClient;
}

/** A shard's rate is counted by the second, so throttling starts at a quarter of one; the rest as in shared/retry.ts. */
const BACKOFF = { baseMs: 50, throttledBaseMs: 250, capMs: 5_000 };
const DEFAULT_ATTEMPTS = 10;
const DEFAULT_BUDGET_MS = 60_000;
/** A request of some megabytes over a producer's uplink takes longer than a function's small ones. */
const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/**
 * Publishes to a Kinesis stream. The events of a key keep their order: its next record leaves once the one before is
 * durable, so a batch takes as many rounds as its most frequent key has records, and many events of few keys are faster
 * with `eventsPerRecord`. An event that is too long fails alone; where a key's record fails for good, so do its later ones.
 *
 * A request that timed out may have been stored, or may be yet, and is sent again: the stream can then hold an event twice,
 * the second time even behind later ones of its key. The event's id makes that harmless.
 *
 * `publish` throws SluiceError `cancelled` where the signal has aborted before; from then on it reports.
 */
export function awsIngest(options: AwsIngestOptions): AwsIngest {
  const { stream, clock = systemClock, random = systemRandom, eventsPerRecord = 1, lanes = 256 } = options;
  const client = lazyClient(options.client, () => new KinesisClient(configOf(options)));

  return {
    capabilities: { ordering: "per-key", idempotentProducer: false, maxEventBytes: MAX_EVENT_BYTES },
    get client() {
      return client.get();
    },
    publish: async (batch, { signal } = {}) => {
      if (signal?.aborted) throw cancelled({ stage: "ingest", adapter: ADAPTER });
      const failures: ItemFailure[] = [];
      const records = pack(batch, { eventsPerRecord, lanes, now: clock.now() }, failures);
      const failed = await send(records, {
        put: async (entries, abortSignal) => {
          const command = new PutRecordsCommand({ StreamName: stream, Records: entries });
          return (await client.get().send(command, abortSignal && { abortSignal })).Records ?? [];
        },
        parallel: options.parallel ?? 4,
        policy: { ...BACKOFF, attempts: options.maxAttempts ?? DEFAULT_ATTEMPTS },
        budgetMs: options.budgetMs ?? DEFAULT_BUDGET_MS,
        clock,
        random,
        coordinates: { stream },
        signal,
      });
      for (const [record, error] of failed) failures.push(...failuresOf(record, error, records));
      failures.sort((a, b) => a.index - b.index);
      return { accepted: batch.keys.length - failures.length, alreadyAccepted: 0, failures };
    },
    close: client.close,
  };
}

/** The SDK makes one attempt: what failed is sent again here, and not multiplied there. */
function configOf({ region, endpoint, requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS }: AwsIngestOptions) {
  return clientConfig({ region, endpoint, requestTimeoutMs, maxAttempts: 1 });
}

function failuresOf(record: number, error: SluiceError, { events, firstOf }: Records): ItemFailure[] {
  return events.slice(firstOf[record], firstOf[record + 1]).map((index) => ({ index, error }));
}
