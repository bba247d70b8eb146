import type { Clock, Random } from "../../shared/clock";
import type { SluiceError } from "../../shared/errors";
import type { CallOptions, ItemFailure, RowBatch, Store } from "../../shared/ports";
import { guarded } from "../guarded";
import { lazy } from "../lazy";
import { NDJSON_TYPE, ndjsonFile } from "../ndjson";
import { newestPerKey } from "../newest";
import { systemClock, systemRandom } from "../system";
import { attempted, errorOf } from "./attempts";
import { type BlobContainer, blobContainer } from "./blob";
import { type AzureClient, type AzureClientOptions, azureClient, SCOPES } from "./client";
import { authorizer, type Container } from "./store/container";
import { writeLatest } from "./store/latest";
import { type Entry, planWrite } from "./store/plan";
import { getPrediction, queryContainer } from "./store/query";
import { writeChunks } from "./store/write";

export { documentId, LATEST } from "./store/document";

export interface AzureStoreOptions extends Pick<AzureClientOptions, "credentials" | "timeoutMs"> {
  /** URL of the Cosmos DB container, `https://<account>.documents.azure.com/dbs/<database>/colls/<container>`; its partition key is `/key`. */
  container: string;
  /** Also writes what was stored as lines of JSON, one blob per call. At least once: drop repeats by id. */
  ndjson?: NdjsonTarget | undefined;
  /** Days after which Cosmos DB deletes a row, if the container's default time to live is on (-1 will do). Default: never. */
  ttlDays?: number | undefined;
  /** Also keeps one document per key, `~latest`: the state after its newest event. Costs one read and one write more. */
  latest?: boolean | undefined;
  /** Requests at once. Default 16. */
  concurrency?: number | undefined;
  /** Calls in all for one request, the first included. Default 3. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: AzureClient | undefined;
}

/** Where the lines go. */
export interface NdjsonTarget {
  /** URL of the blob container. */
  container: string;
  /** In front of `dt=YYYY-MM-DD/`, as `predictions/`. Default: nothing. */
  prefix?: string | undefined;
}

/** Predictions in Cosmos DB. */
export interface AzureStore extends Store {
  /** Made at its first use. */
  readonly client: AzureClient;
  query: NonNullable<Store["query"]>;
  /** What all calls so far have cost, as the service counts. It only grows. */
  requestUnits(): number;
}

const SECONDS_PER_DAY = 86_400;

/** One key's throttle should not send the whole batch through the engine's retries, with all other keys in it. */
const MAX_ATTEMPTS = 3;

/**
 * Predictions as documents of a Cosmos DB container: id, key, eventId, time (ms), prediction, truth, features (float32,
 * lowest byte first, base64), model, version, storedAt (ms) and ttl (s). Writing an id again writes the same document again.
 * Rows of one key go together, up to a hundred and all or none of them; a row that can never be stored is taken out first.
 *
 * `write` reports rows as `throttled`, `unavailable` and so on, and as `store-rejected` where a document can never be stored.
 * `read` and `query` are as fresh as the account's consistency: with `Session`, another process may be a moment behind.
 */
export function azureStore(options: AzureStoreOptions): AzureStore {
  const { ndjson, ttlDays, latest = false, concurrency = 16, maxAttempts = MAX_ATTEMPTS } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const place = { stage: "store", adapter: "azure/store", coordinates: { container: options.container } } as const;
  const client = lazy(() => options.client ?? cosmosClient(options, clock));
  const lines = lazy(() => (ndjson === undefined ? undefined : linesOf(ndjson, options)));
  const { run, each } = guarded(place, errorOf);
  const ttlSeconds = ttlDays === undefined ? undefined : Math.round(ttlDays * SECONDS_PER_DAY);
  let units = 0;

  const container = (signal: AbortSignal | undefined): Container => ({
    ...{ client: client(), place, clock, random, maxAttempts, concurrency, signal },
    spend: (more) => {
      units += more;
    },
  });

  return {
    capabilities: { idempotency: "overwrite", reportsDuplicates: false, query: true },

    get client() {
      return client();
    },

    write: (rows: RowBatch, { signal }: CallOptions = {}) =>
      run(signal, async () => {
        const to = container(signal);
        const storedAt = clock.now();
        const plan = planWrite(rows, { storedAt, ttlSeconds }, place.adapter);
        const failures: ItemFailure[] = plan.failures;
        const stored = new Map(plan.chunks.flat().map((entry) => [entry.rows[0]!, entry]));
        const fail = (entry: Entry, error: SluiceError) => {
          // What fails in two ways is reported once.
          if (!stored.delete(entry.rows[0]!)) return;
          for (const index of entry.rows) failures.push({ index, error });
        };

        await writeChunks(to, plan.chunks, fail);
        if (latest) {
          const newest = newestPerKey(rows, stored.keys()).map((row) => stored.get(row)!);
          await writeLatest(to, newest, ({ rows: [row] }) => rows.times[row!]!, fail);
        }
        const copy = lines();
        if (copy !== undefined && stored.size > 0) {
          const file = ndjsonFile(rows, [...stored.keys()], storedAt);
          await copy(file.name, file.text, signal).catch((thrown: unknown) => {
            const error = errorOf(thrown, { place, signal });
            for (const entry of [...stored.values()]) fail(entry, error);
          });
        }
        return { duplicates: [], failures: failures.sort((a, b) => a.index - b.index) };
      }),

    read: (key, id, { signal } = {}) =>
      run(signal, () => {
        const from = container(signal);
        return attempted(() => getPrediction(from, key, id), from);
      }),

    query: async function* (query, { signal } = {}) {
      yield* each(signal, queryContainer(container(signal), query));
    },

    requestUnits: () => units,

    // Connections belong to the process: there is nothing to close.
    close: async () => {},
  };
}

function cosmosClient({ container, credentials, timeoutMs }: AzureStoreOptions, clock: Clock): AzureClient {
  const authorize = authorizer(clock);
  return azureClient({ endpoint: container, scope: SCOPES.cosmos, credentials, timeoutMs, clock, authorize });
}

/** Writes a file; one that is there already is the same. */
function linesOf({ container, prefix = "" }: NdjsonTarget, options: AzureStoreOptions) {
  const { credentials, timeoutMs, maxAttempts = MAX_ATTEMPTS, clock, random } = options;
  const place = { stage: "store", adapter: "azure/store", coordinates: { container } } as const;
  const blobs: BlobContainer = blobContainer({ container, place, credentials, timeoutMs, maxAttempts, clock, random });
  return (name: string, text: string, signal: AbortSignal | undefined) =>
    blobs.put(prefix + name, text, { contentType: NDJSON_TYPE, ifAbsent: true, signal });
}
