import type { SQLInputValue } from "node:sqlite";
import type { CallOptions, PredictionQuery, StoredPrediction } from "../../shared/ports";
import { cancelled } from "./cancelled";
import type { Db } from "./sqlite/database";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { selectRows } from "./sqlite/predictions";

type Find = (partition: number, id: string) => StoredPrediction | undefined;
type Row = StoredPrediction & { seq: number };

/** Rows looked through per statement: some 10 ms, after which the program may do something else. */
const WINDOW = 16_384;
/** Rows held per partition. */
const PAGE = 256;

/**
 * Predictions that match, in the order they were stored (or the reverse) within a partition, partitions merged by event
 * time. An id is looked up; everything else is a scan of the table, in bounded memory.
 */
export async function* queryPredictions(
  files: Files,
  find: Find,
  query: PredictionQuery,
  { signal }: CallOptions = {},
): AsyncGenerator<StoredPrediction> {
  const partitions = Array.from({ length: files.partitions }, (_, partition) => partition);
  const sources = partitions.map((partition) =>
    query.id === undefined ? scan(files.store(partition), query) : lookUp(find(partition, query.id), query),
  );
  const heads: (IteratorResult<StoredPrediction | undefined, undefined> | undefined)[] = [];
  for (let left = query.limit; left > 0; left--) {
    for (const [i, source] of sources.entries()) {
      // An undefined value is the end of a window without a match: a chance to stop and to let others run.
      while (!heads[i] || (!heads[i].done && heads[i].value === undefined)) {
        if (signal?.aborted) throw cancelled("store", "local/store");
        if (heads[i]) await new Promise((resolve) => setImmediate(resolve));
        heads[i] = source.next();
      }
    }
    const next = first(heads, query.newest === true);
    const row = heads[next]?.value;
    if (!row) return;
    yield row;
    heads[next] = undefined;
  }
}

function* lookUp(row: StoredPrediction | undefined, query: PredictionQuery): Generator<StoredPrediction, undefined> {
  const { key, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
  if (row && (key === undefined || row.key === key) && row.time >= from && row.time < to) yield row;
  return undefined;
}

function* scan(store: Db, query: PredictionQuery): Generator<StoredPrediction | undefined, undefined> {
  const { newest = false } = query;
  const last = Number(
    read(store, () => store.prepare("SELECT max(seq) AS last FROM predictions").get())?.["last"] ?? 0,
  );
  const { clause, values } = conditions(query);
  for (let window = newest ? last : 1; window >= 1 && window <= last; window += newest ? -WINDOW : WINDOW) {
    let low = newest ? Math.max(1, window - WINDOW + 1) : window;
    let high = newest ? window : Math.min(last, window + WINDOW - 1);
    for (let page = PAGE; page === PAGE; ) {
      const order = newest ? "DESC" : "ASC";
      const sql = `WHERE seq BETWEEN ? AND ?${clause} ORDER BY seq ${order} LIMIT ${PAGE}`;
      const rows: Row[] = read(store, () => selectRows(store, sql, low, high, ...values));
      for (const { seq, ...row } of rows) {
        if (newest) high = seq - 1;
        else low = seq + 1;
        yield row;
      }
      page = rows.length;
    }
    yield undefined;
  }
  return undefined;
}

function conditions({ key, from, to }: PredictionQuery): { clause: string; values: SQLInputValue[] } {
  const parts: [string, SQLInputValue | undefined][] = [
    [" AND key = ?", key],
    [" AND time >= ?", from],
    [" AND time < ?", to],
  ];
  const given = parts.filter((part): part is [string, SQLInputValue] => part[1] !== undefined);
  return { clause: given.map(([sql]) => sql).join(""), values: given.map(([, value]) => value) };
}

function first(heads: readonly (IteratorResult<StoredPrediction | undefined> | undefined)[], newest: boolean): number {
  let best = -1;
  let time = 0;
  for (const [i, head] of heads.entries()) {
    const row: StoredPrediction | undefined = head?.value;
    if (!row || (best !== -1 && (newest ? row.time <= time : row.time >= time))) continue;
    best = i;
    time = row.time;
  }
  return best;
}

function read<T>(store: Db, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw sqliteError(thrown, { stage: "store", adapter: "local/store", file: store.file });
  }
}
