import { ConfigError } from "../../shared/errors";
import { partitionOf } from "../../shared/hash";
import type { CallOptions, ItemFailure, PredictionQuery, RowBatch, Store, StoredPrediction } from "../../shared/ports";
import { cancelled } from "./cancelled";
import { queryPredictions } from "./query";
import type { Db } from "./sqlite/database";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { ensureFields, type Field, insertRows, selectRows, versionId } from "./sqlite/predictions";
import { createSeen, type Seen, type SeenOptions } from "./sqlite/seen";

export type LocalStoreOptions = Omit<SeenOptions, "writer">;

export interface LocalStore extends Store {
  query(query: PredictionQuery, options?: CallOptions): AsyncIterable<StoredPrediction>;
}

/** What is kept per partition between writes. */
interface Table {
  store: Db;
  seen: Seen;
  fields: readonly Field[] | undefined;
}

/**
 * Predictions in the file of their key's partition, each id once, whatever is repeated in a call, across calls and across
 * processes; one transaction per partition and call. A query by key or time reads the table from end to end.
 */
export function localStore(files: Files, options: LocalStoreOptions = {}): LocalStore {
  const { partitions, clock, random } = files;
  const writer = `${process.pid}/${random().toString(36).slice(2)}`;
  const tables: Table[] = [];

  const table = (partition: number): Table => {
    const store = files.store(partition);
    tables[partition] ??= { store, seen: createSeen(store, { ...options, writer }), fields: undefined };
    return tables[partition];
  };

  const writePartition = (partition: number, rows: RowBatch, indices: readonly number[], duplicates: number[]) => {
    const to = table(partition);
    const { store, seen } = to;
    const repeated: number[] = [];
    try {
      store.write(() => {
        to.fields ??= ensureFields(store, fieldNames(files));
        const firstSeq = seen.sync() + 1;
        const fresh: number[] = [];
        for (const index of indices) (seen.add(rows.ids[index]!) === undefined ? repeated : fresh).push(index);
        if (fresh.length === 0) return;
        insertRows(store, rows, fresh, firstSeq, {
          fields: to.fields,
          versionId: versionId(store, rows.modelVersion, rows.pipelineVersion),
          storedAt: clock.now(),
        });
        seen.settle(fresh.length);
      });
    } catch (thrown) {
      seen.reset();
      to.fields = undefined;
      throw sqliteError(thrown, { stage: "store", adapter: "local/store", file: store.file });
    }
    duplicates.push(...repeated);
  };

  const find = (partition: number, id: string): StoredPrediction | undefined => {
    const { store, seen } = table(partition);
    try {
      const found = store.snapshot(() => {
        seen.sync();
        const seq = seen.find(id);
        return seq === undefined ? undefined : selectRows(store, "WHERE seq = ?", seq)[0];
      });
      if (!found) return undefined;
      const { seq: _, ...prediction } = found;
      return prediction;
    } catch (thrown) {
      throw sqliteError(thrown, { stage: "store", adapter: "local/store", file: store.file });
    }
  };

  return {
    capabilities: { idempotency: "first-wins", reportsDuplicates: true, query: true },

    write: async (rows: RowBatch, { signal }: CallOptions = {}) => {
      if (signal?.aborted) throw cancelled("store", "local/store");
      const duplicates: number[] = [];
      const failures: ItemFailure[] = [];
      for (const [partition, indices] of route(rows, partitions).entries()) {
        if (indices.length === 0) continue;
        try {
          writePartition(partition, rows, indices, duplicates);
        } catch (thrown) {
          const error = sqliteError(thrown, { stage: "store", adapter: "local/store", file: files.directory });
          for (const index of indices) failures.push({ index, error });
        }
      }
      return {
        duplicates: duplicates.sort((a, b) => a - b),
        failures: failures.sort((a, b) => a.index - b.index),
      };
    },

    read: async (key, id, { signal } = {}) => {
      if (signal?.aborted) throw cancelled("store", "local/store");
      const found = find(partitionOf(key, partitions), id);
      return found?.key === key ? found : undefined;
    },

    query: (query, callOptions) => queryPredictions(files, find, query, callOptions),

    close: async () => {},
  };
}

function fieldNames({ pipeline, directory }: Files): readonly string[] {
  if (pipeline) return pipeline.predictionNames;
  throw new ConfigError("it was opened without a pipeline.", directory, "Name the pipeline to write predictions.");
}

/** Indices of the rows per partition, in order. */
function route({ count, keys }: RowBatch, partitions: number): number[][] {
  const routed: number[][] = Array.from({ length: partitions }, () => []);
  for (let index = 0; index < count; index++) routed[partitionOf(keys[index]!, partitions)]!.push(index);
  return routed;
}
