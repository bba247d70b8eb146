import type { Clock, Random } from "../../shared/clock";
import type { SluiceError } from "../../shared/errors";
import type { CallOptions, ItemFailure, RowBatch, Store } from "../../shared/ports";
import { guarded } from "../guarded";
import { lazy } from "../lazy";
import { newestPerKey } from "../newest";
import { systemClock, systemRandom } from "../system";
import { type GcpClient, type GcpClientOptions, gcpClient } from "./client";
import { cancelled } from "./errors";
import { attempted, DEFAULT_MAX_ATTEMPTS, errorOf } from "./store/attempts";
import { collectionOf } from "./store/collection";
import { fieldWriter } from "./store/document";
import { writeLatest } from "./store/latest";
import { maxBytesOf, planWrite } from "./store/plan";
import type { Topic } from "./store/publish";
import { getPrediction, queryCollection } from "./store/query";
import { publishResults } from "./store/results";
import { type Target, writeChunks } from "./store/write";

export { documentId, latestId } from "./store/collection";
export { RESULT_COLUMNS, type ResultColumn } from "./store/results";

export interface GcpStoreOptions extends Omit<GcpClientOptions, "service" | "audience"> {
  /** `projects/<project>/databases/<database>/documents/<collection>`. */
  collection: string;
  /** `projects/<project>/topics/<topic>`: also publishes what was stored, for BigQuery. At least once: drop repeats by `event_id`. */
  resultsTopic?: string | undefined;
  /** Days after which Firestore deletes a row, if the collection's time to live is on for `expiresAt`. Default: never. */
  ttlDays?: number | undefined;
  /** Also keeps one document per key, `latestId(key)`: the state after its newest event. Costs one read and one write more. */
  latest?: boolean | undefined;
  /** Requests at once. Default 8. */
  concurrency?: number | undefined;
  /** Calls in all for one request, the first included. Default 2. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: GcpClient | undefined;
  /** The same for `resultsTopic`; `endpoint` is Firestore's. */
  publisher?: GcpClient | undefined;
}

/** Predictions in Firestore. */
export interface GcpStore extends Store {
  /** Made at its first use. */
  readonly client: GcpClient;
  query: NonNullable<Store["query"]>;
}

const MS_PER_DAY = 86_400_000;

/**
 * Predictions as documents of a Firestore collection, each named by the hash of its key and id: key, id, time (ms),
 * prediction, truth, features (float32, lowest byte first), model, version, storedAt (ms) and expiresAt (timestamp). Writing
 * an id again writes the same document again.
 *
 * `write` reports rows as `throttled`, `unavailable` and so on, and as `store-rejected` where a document can never be stored.
 */
export function gcpStore(options: GcpStoreOptions): GcpStore {
  const {
    resultsTopic,
    ttlDays,
    latest = false,
    clock = systemClock,
    random = systemRandom,
    concurrency = 8,
  } = options;
  const { maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  const place = {
    stage: "store",
    adapter: "gcp/store",
    coordinates: { collection: options.collection },
  } as const;
  const client = lazy(() => options.client ?? gcpClient({ ...options, service: "firestore" }));
  const publisher = lazy(() => options.publisher ?? gcpClient({ ...options, service: "pubsub", endpoint: undefined }));
  const collection = lazy(() => collectionOf(options.collection));
  const { each } = guarded(place, errorOf);

  const target = (signal: AbortSignal | undefined): Target => {
    if (signal?.aborted) throw cancelled(place);
    return { client: client(), collection: collection(), place, clock, random, maxAttempts, concurrency, signal };
  };
  const results = (name: string, { signal }: Target): Topic => {
    return { client: publisher(), name, place, clock, random, maxAttempts, concurrency, signal };
  };

  return {
    capabilities: { idempotency: "overwrite", reportsDuplicates: false, query: true },

    get client() {
      return client();
    },

    write: async (rows: RowBatch, { signal }: CallOptions = {}) => {
      const to = target(signal);
      const storedAt = clock.now();
      const expiresAt = ttlDays === undefined ? undefined : storedAt + ttlDays * MS_PER_DAY;
      const fields = fieldWriter(rows, { storedAt, expiresAt });
      const plan = planWrite(rows, fields, to.collection, maxBytesOf(latest), place.adapter);
      const failures: ItemFailure[] = plan.failures;
      const stored = new Set(plan.texts.keys());
      const fail = (row: number, error: SluiceError) => {
        // What fails in two ways is reported once.
        if (!stored.delete(row)) return;
        for (const index of [row, ...(plan.repeats.get(row) ?? [])]) failures.push({ index, error });
      };

      await writeChunks(to, plan.chunks, plan.texts, fail);
      if (latest) await writeLatest(to, rows, newestPerKey(rows, stored), fields, fail);
      if (resultsTopic !== undefined && stored.size > 0)
        await publishResults(results(resultsTopic, to), rows, [...stored], storedAt, fail);
      return { duplicates: [], failures: failures.sort((a, b) => a.index - b.index) };
    },

    read: async (key, id, { signal } = {}) => {
      const from = target(signal);
      return attempted(() => getPrediction(from, key, id), from);
    },

    query: async function* (query, { signal } = {}) {
      yield* each(signal, queryCollection(target(signal), query));
    },

    // Connections belong to the process: there is nothing to close.
    close: async () => {},
  };
}
