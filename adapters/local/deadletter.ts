import type { DeadLetter } from "../../shared/deadletter";
import { type ErrorCode, SluiceError, type Stage } from "../../shared/errors";
import type { CallOptions, DeadLetterFilter, DeadLetterStore } from "../../shared/ports";
import { cancelled } from "./cancelled";
import type { Db } from "./sqlite/database";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";

export interface LocalDeadLetters extends DeadLetterStore {
  get(id: string): Promise<DeadLetter | undefined>;
}

/** SQLite's own limit on a value is 1 GB; this leaves room for many in one transaction. */
const MAX_EVENT_BYTES = 100 * 1024 * 1024;
const PAGE = 50;

type Row = Record<string, unknown>;

/** Dead letters beside the predictions of their partition: put in the same file as the checkpoint that passes them. */
export function localDeadLetters(files: Files): LocalDeadLetters {
  const { partitions } = files;
  const all = Array.from({ length: partitions }, (_, partition) => partition);

  const within = <T>(partition: number, run: (store: Db) => T): T => {
    const store = files.store(partition);
    try {
      return run(store);
    } catch (thrown) {
      throw sqliteError(thrown, { stage: "deadletter", adapter: "local/deadletter", file: store.file });
    }
  };

  return {
    capabilities: { payload: true, maxEventBytes: MAX_EVENT_BYTES },

    put: async (letters: readonly DeadLetter[], { signal }: CallOptions = {}) => {
      if (signal?.aborted) throw cancelled("deadletter", "local/deadletter");
      for (const { body } of letters) if (body.length > MAX_EVENT_BYTES) throw tooLong();
      const routed = Map.groupBy(letters, ({ position }) => home(position.partition, partitions));
      for (const [partition, group] of routed) {
        within(partition, (store) =>
          store.write(() => {
            for (const letter of group) insert(store, letter);
          }),
        );
      }
    },

    list: async function* (filter: DeadLetterFilter, { signal }: CallOptions = {}) {
      const sources = all.map((partition) => letters(filter, (run) => within(partition, run)));
      const heads = sources.map((source) => source.next().value);
      for (let left = filter.limit; left > 0; left--) {
        if (signal?.aborted) throw cancelled("deadletter", "local/deadletter");
        const next = oldest(heads);
        const letter = heads[next];
        if (!letter) return;
        yield letter;
        heads[next] = sources[next]?.next().value;
      }
    },

    get: async (id: string) => {
      for (const partition of all) {
        const row = within(partition, (store) => store.prepare("SELECT * FROM dead_letters WHERE id = ?").get(id));
        if (row) return toLetter(row);
      }
      return undefined;
    },

    take: async (ids: readonly string[], { signal }: CallOptions = {}) => {
      if (signal?.aborted) throw cancelled("deadletter", "local/deadletter");
      let taken = 0;
      for (const partition of all) taken += within(partition, (store) => store.write(() => remove(store, ids)));
      return taken;
    },

    close: async () => {},
  };
}

/** The partition whose file holds the letter; one that came from elsewhere goes to the first. */
function home(partition: string, partitions: number): number {
  const number = Number(partition);
  return Number.isInteger(number) && number >= 0 && number < partitions ? number : 0;
}

function insert(store: Db, letter: DeadLetter): void {
  const { position } = letter;
  const { changes } = store
    .prepare(
      `INSERT INTO dead_letters (id, code, stage, message, attempts, source, source_partition, source_offset, source_index,
        key, event_id, pipeline, pipeline_version, model_version, failed_at, body)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    )
    .run(
      letter.id,
      letter.code,
      letter.stage,
      letter.message,
      letter.attempts,
      position.source,
      position.partition,
      position.offset,
      position.index,
      letter.key ?? null,
      letter.eventId ?? null,
      letter.pipeline,
      letter.pipelineVersion,
      letter.modelVersion,
      letter.failedAt,
      letter.body,
    );
  if (changes === 1) count(store, letter.code, 1);
}

function remove(store: Db, ids: readonly string[]): number {
  let removed = 0;
  const statement = store.prepare("DELETE FROM dead_letters WHERE id = ? RETURNING code");
  for (const id of ids) {
    const row = statement.get(id);
    if (!row) continue;
    count(store, String(row["code"]), -1);
    removed++;
  }
  return removed;
}

function count(store: Db, code: string, change: number): void {
  const sql =
    "INSERT INTO dead_letter_counts (code, count) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET count = count + ?2";
  store.prepare(sql).run(code, change);
}

/** One partition's letters in the order they came, a page at a time. Taking some of them meanwhile is fine. */
function* letters(
  { code, from, limit }: DeadLetterFilter,
  read: <T>(run: (store: Db) => T) => T,
): Generator<DeadLetter, undefined> {
  const sql = `SELECT * FROM dead_letters WHERE seq > ? AND (?2 IS NULL OR code = ?2) AND (?3 IS NULL OR failed_at >= ?3)
    ORDER BY seq LIMIT ?4`;
  for (let seq = 0; ; ) {
    const page = Math.max(1, Math.min(PAGE, limit));
    const rows = read((store) => store.prepare(sql).all(seq, code ?? null, from ?? null, page));
    yield* rows.map(toLetter);
    if (rows.length < page) return undefined;
    seq = Number(rows.at(-1)?.["seq"]);
  }
}

function oldest(heads: readonly (DeadLetter | undefined)[]): number {
  let best = -1;
  for (const [i, letter] of heads.entries()) {
    const other = heads[best];
    if (letter && (!other || letter.failedAt < other.failedAt)) best = i;
  }
  return best;
}

function toLetter(row: Row): DeadLetter {
  return {
    id: String(row["id"]),
    body: row["body"] as Uint8Array,
    key: row["key"] === null ? undefined : String(row["key"]),
    eventId: row["event_id"] === null ? undefined : String(row["event_id"]),
    stage: row["stage"] as Stage,
    code: row["code"] as ErrorCode,
    message: String(row["message"]),
    attempts: Number(row["attempts"]),
    position: {
      source: String(row["source"]),
      partition: String(row["source_partition"]),
      offset: String(row["source_offset"]),
      index: Number(row["source_index"]),
    },
    pipeline: String(row["pipeline"]),
    pipelineVersion: String(row["pipeline_version"]),
    modelVersion: String(row["model_version"]),
    failedAt: Number(row["failed_at"]),
  };
}

function tooLong(): SluiceError {
  return new SluiceError("store-rejected", "deadletter", `an event is longer than ${MAX_EVENT_BYTES} bytes`, {
    adapter: "local/deadletter",
  });
}
