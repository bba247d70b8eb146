import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Clock, Random } from "../../shared/clock";
import type { SluiceError } from "../../shared/errors";
import type { CallOptions, ItemFailure, RowBatch, Store } from "../../shared/ports";
import { systemClock, systemRandom } from "../system";
import { type ClientOptions, clientConfig, lazyClient } from "./client";
import { awsError, cancelled } from "./errors";
import { MAX_ITEM_BYTES, MAX_LATEST_BYTES } from "./store/item";
import type { Ndjson, NdjsonTarget } from "./store/ndjson";
import { type Entry, newestPerKey, planWrite } from "./store/plan";
import { getPrediction, queryTable } from "./store/query";
import { type Table, writeChunks, writeLatest } from "./store/write";

export interface AwsStoreOptions extends ClientOptions {
  /** DynamoDB table with the string keys `pk` (the event's key) and `sk` (its id). */
  table: string;
  /** Days after which DynamoDB deletes a row, if the table's time to live is on for `expiresAt`. Default: never. */
  ttlDays?: number | undefined;
  /** Also keeps one item per key, with the sort key `#latest`: the state after its newest event. Costs one more write. */
  latest?: boolean | undefined;
  /** Also writes what was stored as lines of JSON, one object per call. At least once: drop repeats by id. */
  ndjson?: NdjsonTarget | undefined;
  /** Requests at once. Default 8. */
  concurrency?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client?: DynamoDBClient | undefined;
  /** The same for `ndjson`. */
  objects?: S3Client | undefined;
}

/** Predictions in DynamoDB. */
export interface AwsStore extends Store {
  /** Made at its first use. */
  readonly client: DynamoDBClient;
  query: NonNullable<Store["query"]>;
}

const SECONDS_PER_DAY = 86_400;

/**
 * Predictions as items of a DynamoDB table: pk, sk, time (ms), prediction, truth, features (float32, lowest byte first),
 * model, version, storedAt (ms) and expiresAt (s). Writing an id again writes the same item again.
 *
 * `write` reports rows as `throttled`, `unavailable` and so on, and as `store-rejected` where an item can never be stored.
 */
export function awsStore(options: AwsStoreOptions): AwsStore {
  const { table, ttlDays, ndjson, clock = systemClock, random = systemRandom, concurrency = 8 } = options;
  const place = { stage: "store", adapter: "aws/store", coordinates: { table } } as const;
  const client = lazyClient(options.client, () => new DynamoDBClient(clientConfig(options)));
  let lines: Promise<Ndjson> | undefined;
  const openLines = (target: NdjsonTarget) => {
    // Loaded with its client when it is needed: few stores have this copy, and a function's every start would pay for it.
    lines ??= import("./store/ndjson").then(({ openNdjson }) => openNdjson(target, options, options.objects));
    return lines;
  };

  return {
    capabilities: { idempotency: "overwrite", reportsDuplicates: false, query: true },

    get client() {
      return client.get();
    },

    write: async (rows: RowBatch, { signal }: CallOptions = {}) => {
      if (signal?.aborted) throw cancelled(place);
      const storedAt = clock.now();
      const expiresAt = ttlDays === undefined ? undefined : Math.floor(storedAt / 1_000) + ttlDays * SECONDS_PER_DAY;
      const maxBytes = options.latest ? MAX_LATEST_BYTES : MAX_ITEM_BYTES;
      const plan = planWrite(rows, { storedAt, expiresAt }, maxBytes, place.adapter);
      const failures = new Map<number, ItemFailure>(plan.failures.map((failure) => [failure.index, failure]));
      const stored = new Set(plan.chunks.flat());
      const fail = (entry: Entry, error: SluiceError) => {
        stored.delete(entry);
        for (const index of entry.rows) failures.set(index, { index, error });
      };
      const target: Table = { client: client.get(), name: table, place, clock, random, concurrency };

      await writeChunks(target, plan.chunks, fail, signal);
      if (options.latest) await writeLatest(target, newestPerKey(stored), fail, signal);
      if (ndjson && stored.size > 0) {
        const written = [...stored];
        const chosen = written.map((entry) => entry.rows[0]!);
        const copy = await openLines(ndjson);
        await copy.put(rows, chosen, storedAt, signal).catch((thrown: unknown) => {
          const error = awsError(thrown, { ...place, coordinates: { bucket: ndjson.bucket } });
          for (const entry of written) fail(entry, error);
        });
      }
      return { duplicates: [], failures: [...failures.values()].sort((a, b) => a.index - b.index) };
    },

    read: async (key, id, { signal } = {}) => {
      if (signal?.aborted) throw cancelled(place);
      try {
        return await getPrediction(client.get(), table, key, id, signal);
      } catch (thrown) {
        throw awsError(thrown, place);
      }
    },

    query: async function* (query, { signal } = {}) {
      if (signal?.aborted) throw cancelled(place);
      try {
        for await (const row of queryTable(client.get(), table, query, signal)) {
          if (signal?.aborted) throw cancelled(place);
          yield row;
        }
      } catch (thrown) {
        throw awsError(thrown, place);
      }
    },

    close: async () => {
      await client.close();
      await (await lines)?.close();
    },
  };
}
