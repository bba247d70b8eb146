import type { EventHubProducerClient } from "@azure/event-hubs";
import type { Clock, Random } from "../../shared/clock";
import type { SluiceError } from "../../shared/errors";
import type { Ingest, ItemFailure, PublishBatch, PublishReport } from "../../shared/ports";
import { systemClock, systemRandom } from "../system";
import { type AzureCredentials, azureCredentials } from "./client";
import { cancelled } from "./errors";
import { hubOf } from "./ingest/hub";
import { ADAPTER, MAX_EVENT_BYTES } from "./ingest/limits";
import { pack } from "./ingest/pack";
import { openProducer } from "./ingest/producer";
import { persevere, send } from "./ingest/send";

export interface AzureIngestOptions {
  /** `sb://<namespace>.servicebus.windows.net/<hub>`. On a loopback host it is an emulator. */
  hub: string;
  /** Most events in a message. Default 1: an event is a message. With more, events of one partition share an envelope, which costs a fraction. */
  eventsPerMessage?: number | undefined;
  /** Time for a publish, milliseconds: it ends by then, also where nobody answers. Default 60 s. */
  deadlineMs?: number | undefined;
  /** Longest wait for the answer to one request, milliseconds. Default 15 s. */
  requestTimeoutMs?: number | undefined;
  /** How often a batch is sent, the first time included; where nobody is signed in, twice at most. Default 10. */
  maxAttempts?: number | undefined;
  /** Partitions that are sent to at once. Default 8. */
  parallel?: number | undefined;
  /** Who publishes. Default: as `azureCredentials`. */
  credentials?: AzureCredentials | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: EventHubProducerClient | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

export interface AzureIngest extends Ingest {
  /** Loaded and made at its first use. */
  readonly client: Promise<EventHubProducerClient>;
}

/** A throughput unit is counted by the second, so throttling starts at a quarter of one; the rest as in shared/retry.ts. */
const BACKOFF = { baseMs: 50, throttledBaseMs: 250, capMs: 5_000 };
const DEFAULT_ATTEMPTS = 10;
const DEFAULT_DEADLINE_MS = 60_000;
/** A batch of a megabyte over a producer's uplink takes longer than a function's small requests. */
const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/**
 * Publishes to a hub. An event's partition is the one that Event Hubs itself chooses for its key, and the events of a key keep
 * their order: the next batch of a partition leaves once the one before is durable, and where one fails for good, so do the
 * later events of its partition. An event that is too long fails alone.
 *
 * At least once: a batch that timed out may have been stored, or may be yet, and is sent again: the hub can then hold an event
 * twice, the second time even behind later ones of its key. The event's id makes that harmless.
 *
 * `publish` throws SluiceError `cancelled` where the signal has aborted before; from then on it reports. `close` waits for
 * what is under way.
 *
 * @throws ConfigError if the hub is not its whole URL.
 */
export function azureIngest(options: AzureIngestOptions): AzureIngest {
  const { eventsPerMessage = 1, clock = systemClock, random = systemRandom } = options;
  const { requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS, deadlineMs = DEFAULT_DEADLINE_MS } = options;
  const hub = hubOf(options.hub);
  const credentials = options.credentials ?? azureCredentials({ clock });
  const producer = openProducer({ hub, credentials, requestTimeoutMs, client: options.client });
  const place = { stage: "ingest", adapter: ADAPTER, coordinates: { hub: hub.name } } as const;
  const underWay = new Set<Promise<unknown>>();
  /** Asked once: a hub of the Standard tier keeps its partitions. */
  let partitions: readonly string[] | undefined;

  return {
    capabilities: { ordering: "per-key", idempotentProducer: false, maxEventBytes: MAX_EVENT_BYTES },
    get client() {
      return producer.client();
    },
    publish: async (batch, { signal } = {}) => {
      if (signal?.aborted) throw cancelled(place);
      const { keys, bodies } = batch;
      if (keys.length !== bodies.length) throw new RangeError(`${keys.length} keys for ${bodies.length} events`);
      if (keys.length === 0) return { accepted: 0, alreadyAccepted: 0, failures: [] };
      const sending = sendBatch(batch, signal).finally(() => underWay.delete(sending));
      underWay.add(sending);
      return sending;
    },
    close: async () => {
      await Promise.allSettled(underWay);
      await producer.close();
    },
  };

  async function sendBatch(batch: PublishBatch, signal: AbortSignal | undefined): Promise<PublishReport> {
    const policy = { ...BACKOFF, attempts: options.maxAttempts ?? DEFAULT_ATTEMPTS };
    const end = clock.monotonic() + deadlineMs;
    const durable = { policy, end, requestTimeoutMs, clock, random, place, signal };
    const error = await persevere(durable, async (call) => {
      partitions ??= await producer.partitions(call);
    });
    if (partitions === undefined) return nothing(batch, error!);
    const failures: ItemFailure[] = [];
    const lanes = pack(batch, { partitions, eventsPerMessage, now: clock.now() }, failures);
    failures.push(...(await send(lanes, { put: producer.send, parallel: options.parallel ?? 8, durable })));
    failures.sort((a, b) => a.index - b.index);
    return { accepted: batch.keys.length - failures.length, alreadyAccepted: 0, failures };
  }
}

function nothing({ keys }: PublishBatch, error: SluiceError): PublishReport {
  return { accepted: 0, alreadyAccepted: 0, failures: keys.map((_, index) => ({ index, error })) };
}
