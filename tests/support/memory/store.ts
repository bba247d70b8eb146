import type { RowBatch, Store, StoredPrediction } from "sluice";
import { enter, hit } from "./service";
import type { MemoryState } from "./state";

/** Each id once; the first result stays. */
export function memoryStore(state: MemoryState): Store {
  const { predictions, clock } = state;

  return {
    capabilities: { idempotency: "first-wins", reportsDuplicates: true, query: true },

    write: async (rows, { signal } = {}) => {
      enter(state, signal, "store");
      const duplicates: number[] = [];
      const failures = hit(state, rows.count, "store");
      const failed = new Set(failures.map(({ index }) => index));
      for (let row = 0; row < rows.count; row++) {
        if (failed.has(row)) continue;
        const id = rows.ids[row]!;
        if (predictions.has(id)) duplicates.push(row);
        else predictions.set(id, rowAt(rows, row, clock.now()));
      }
      return { duplicates, failures };
    },

    read: async (key, id, { signal } = {}) => {
      enter(state, signal, "store");
      const found = predictions.get(id);
      return found?.key === key ? found : undefined;
    },

    query: async function* ({ id, key, from = -Infinity, to = Infinity, limit, newest = false }, { signal } = {}) {
      const matches = [...predictions.values()].filter(
        (row) => (id ?? row.id) === row.id && (key ?? row.key) === row.key && row.time >= from && row.time < to,
      );
      matches.sort((a, b) => (newest ? b.time - a.time : a.time - b.time));
      for (const row of matches.slice(0, limit)) {
        enter(state, signal, "store");
        yield row;
      }
    },

    close: async () => {},
  };
}

function rowAt(rows: RowBatch, row: number, storedAt: number): StoredPrediction {
  const { width, data } = rows.features;
  return {
    id: rows.ids[row]!,
    key: rows.keys[row]!,
    time: rows.times[row]!,
    prediction: rows.predictions[row]!,
    truth: rows.truths?.[row] ?? null,
    features: data.slice(row * width, (row + 1) * width),
    modelVersion: rows.modelVersion,
    pipelineVersion: rows.pipelineVersion,
    storedAt,
  };
}
