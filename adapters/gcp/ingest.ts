import type { PubSub } from "@google-cloud/pubsub";
import type { Clock, Random } from "../../shared/clock";
import type { Ingest, ItemFailure, PublishBatch, PublishReport } from "../../shared/ports";
import { systemClock, systemRandom } from "../system";
import { cancelled } from "./errors";
import { ADAPTER, MAX_EVENT_BYTES } from "./ingest/limits";
import { linger } from "./ingest/linger";
import { pack } from "./ingest/pack";
import { openPublisher } from "./ingest/publisher";
import { send } from "./ingest/send";

export interface GcpIngestOptions {
  /** `projects/<project>/topics/<topic>`. */
  topic: string;
  /** `host:port` or URL of an emulator, or an https URL. Default: PUBSUB_EMULATOR_HOST, otherwise Google's own. */
  endpoint?: string | undefined;
  /** Most events in a message. Default 50. */
  maxEvents?: number | undefined;
  /** Bytes of a message's events; one that is longer goes alone. Default 64 KiB. */
  maxBytes?: number | undefined;
  /** How long events wait for those of other calls, to share a message, milliseconds. Default 0: a call goes out by itself. */
  lingerMs?: number | undefined;
  /** Time for a publish, milliseconds: it ends by then, also where nobody answers. Default 60 s. */
  deadlineMs?: number | undefined;
  /** Longest wait for the answer to one request, milliseconds. Default 15 s. */
  requestTimeoutMs?: number | undefined;
  /** How often a request is sent, the first time included. Default 10. */
  maxAttempts?: number | undefined;
  /** Requests at once, of 1 MiB each. Default 4. */
  parallel?: number | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: PubSub | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
}

export interface GcpIngest extends Ingest {
  /** Loaded and made at its first use. */
  readonly client: Promise<PubSub>;
}

/** As shared/retry.ts, with throttling that starts at a quarter of a second: quotas are counted by the minute, rates by less. */
const BACKOFF = { baseMs: 50, throttledBaseMs: 250, capMs: 5_000 };
const DEFAULT_ATTEMPTS = 10;
const DEFAULT_DEADLINE_MS = 60_000;
/** A request of a megabyte over a producer's uplink takes longer than a function's small ones. */
const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/**
 * Publishes to a Pub/Sub topic, many events to a message (shared/envelope.ts): a push per message is what the function costs.
 * The topic keeps no order. Of one call, a key's later events are not accepted where an earlier one failed.
 *
 * At least once: a request that timed out may have been stored, or may be yet, and is sent again, so that the topic can hold
 * a message twice, with different message ids. The events' own ids make that harmless.
 *
 * `publish` throws SluiceError `cancelled` where the signal has aborted before; from then on it reports. `close` sends what
 * still waits, and waits for what is under way.
 *
 * @throws ConfigError if the topic is not its whole name.
 */
export function gcpIngest(options: GcpIngestOptions): GcpIngest {
  const { topic, endpoint, maxEvents = 50, maxBytes = 64 * 1024, lingerMs = 0, parallel = 4 } = options;
  const { clock = systemClock, random = systemRandom, deadlineMs = DEFAULT_DEADLINE_MS } = options;
  const publisher = openPublisher({ topic, endpoint, client: options.client });
  const underWay = new Set<Promise<unknown>>();
  const gathering =
    lingerMs > 0
      ? linger({ lingerMs, maxEvents, maxBytes, clock, send: (batch) => sendNow(batch, undefined) })
      : undefined;

  return {
    capabilities: { ordering: "none", idempotentProducer: false, maxEventBytes: MAX_EVENT_BYTES },
    get client() {
      return publisher.client();
    },
    publish: async (batch, { signal } = {}) => {
      if (signal?.aborted) throw cancelled({ stage: "ingest", adapter: ADAPTER });
      const { keys, bodies } = batch;
      if (keys.length !== bodies.length) throw new RangeError(`${keys.length} keys for ${bodies.length} events`);
      return gathering === undefined ? sendNow(batch, signal) : gathering.publish(batch, signal);
    },
    close: async () => {
      gathering?.flush();
      await Promise.allSettled(underWay);
      await publisher.close();
    },
  };

  function sendNow(batch: PublishBatch, signal: AbortSignal | undefined): Promise<PublishReport> {
    const sending = sendBatch(batch, signal).finally(() => underWay.delete(sending));
    underWay.add(sending);
    return sending;
  }

  async function sendBatch(batch: PublishBatch, signal: AbortSignal | undefined): Promise<PublishReport> {
    const failures: ItemFailure[] = [];
    const lanes = pack(batch, { maxEvents, maxBytes, lanes: parallel, now: clock.now() }, failures);
    failures.push(
      ...(await send(lanes, {
        put: publisher.publish,
        policy: { ...BACKOFF, attempts: options.maxAttempts ?? DEFAULT_ATTEMPTS },
        deadlineMs,
        requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
        clock,
        random,
        coordinates: { topic },
        signal,
      })),
    );
    failures.sort((a, b) => a.index - b.index);
    return { accepted: batch.keys.length - failures.length, alreadyAccepted: 0, failures };
  }
}
