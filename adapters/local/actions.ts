import { partitionOf } from "../../shared/hash";
import type { Action, Actions, CallOptions, ItemFailure } from "../../shared/ports";
import { cancelled } from "./cancelled";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";

export interface LocalActions extends Actions {
  /** In the order they were published within each partition; at most `limit` in all. */
  list(options: { limit: number }): AsyncIterable<Action>;
}

const PAGE = 100;

/** Keeps actions in a table, each once: a consumer of them reads from there. */
export function localActions(files: Files): LocalActions {
  const { partitions, clock } = files;

  return {
    publish: async (actions: readonly Action[], { signal }: CallOptions = {}) => {
      if (signal?.aborted) throw cancelled("actions", "local/actions");
      const failures: ItemFailure[] = [];
      const routed = Map.groupBy(actions.keys(), (index) => partitionOf(actions[index]?.key ?? "", partitions));
      for (const [partition, indices] of routed) {
        try {
          const store = files.store(partition);
          const insert = store.prepare(
            `INSERT INTO actions (id, name, event_id, key, time, prediction, published_at) VALUES (?, ?, ?, ?, ?, ?, ?)
              ON CONFLICT DO NOTHING`,
          );
          store.write(() => {
            for (const index of indices) {
              const action = actions[index];
              if (!action) continue;
              const { id, name, eventId, key, time, prediction } = action;
              insert.run(id, name, eventId, key, time, JSON.stringify(prediction), clock.now());
            }
          });
        } catch (thrown) {
          const error = sqliteError(thrown, {
            stage: "actions",
            adapter: "local/actions",
            file: `store-${partition}.db`,
          });
          failures.push(...indices.map((index) => ({ index, error })));
        }
      }
      return failures.sort((a, b) => a.index - b.index);
    },

    list: async function* ({ limit }) {
      let left = limit;
      for (let partition = 0; partition < partitions; partition++) {
        for (let seq = 0, page = PAGE; page === PAGE && left > 0; ) {
          const sql =
            "SELECT seq, id, name, event_id, key, time, prediction FROM actions WHERE seq > ? ORDER BY seq LIMIT ?";
          const rows = files.store(partition).prepare(sql).all(seq, Math.min(PAGE, left));
          yield* rows.map(toAction);
          left -= rows.length;
          page = rows.length;
          seq = Number(rows.at(-1)?.["seq"] ?? seq);
        }
      }
    },

    close: async () => {},
  };
}

function toAction(row: Record<string, unknown>): Action {
  return {
    id: String(row["id"]),
    name: String(row["name"]),
    eventId: String(row["event_id"]),
    key: String(row["key"]),
    time: Number(row["time"]),
    prediction: JSON.parse(String(row["prediction"])),
  };
}
