import { readdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/**
 * The limit of the local store: the rows of a finished database, read into memory, then appended to a plain table of the
 * same columns with one prepared INSERT, in transactions of as many rows as Sluice writes at a time. No pipeline, no
 * check for repeats. `process.argv`: the finished database's directory, and the file to write. Prints milliseconds.
 */
const BATCH = 1_000;

function columnsOf(file: string): string[] {
  const store = new DatabaseSync(file, { readOnly: true });
  const info = store.prepare("PRAGMA table_info(predictions)").all();
  store.close();
  return info.map(({ name }) => `"${String(name)}"`).filter((name) => name !== '"seq"');
}

function rowsOf(file: string, columns: string[]): SQLInputValue[][] {
  const store = new DatabaseSync(file, { readOnly: true });
  const rows = store.prepare(`SELECT ${columns.join(", ")} FROM predictions ORDER BY seq`).all();
  store.close();
  return rows.map((row) => Object.values(row));
}

function append(directory: string, file: string): number {
  const stores = readdirSync(directory).filter((name) => /^store-\d+\.db$/.test(name));
  const columns = columnsOf(join(directory, stores[0]!));
  const rows = stores.flatMap((store) => rowsOf(join(directory, store), columns));

  const plain = new DatabaseSync(file);
  plain.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  plain.exec(`CREATE TABLE predictions (seq INTEGER PRIMARY KEY, ${columns.join(", ")})`);
  const insert = plain.prepare(`INSERT INTO predictions VALUES (?, ${columns.map(() => "?").join(", ")})`);
  const startedAt = performance.now();
  for (let from = 0; from < rows.length; from += BATCH) {
    plain.exec("BEGIN IMMEDIATE");
    for (let i = from; i < Math.min(from + BATCH, rows.length); i++) insert.run(i + 1, ...rows[i]!);
    plain.exec("COMMIT");
  }
  const elapsed = performance.now() - startedAt;
  plain.close();
  return elapsed;
}

process.stdout.write(String(append(process.argv[2]!, process.argv[3]!)));
