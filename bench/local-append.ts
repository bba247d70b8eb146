import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/**
 * The limit of the local store: the rows of a finished database, read into memory, then appended to a plain table of the
 * same columns with one prepared INSERT, in transactions of as many rows as Sluice writes at a time. No pipeline, no
 * check for repeats. `process.argv`: the finished database's directory, and the file to write. Prints milliseconds.
 */
const BATCH = 500;

function append(directory: string, file: string): number {
  const finished = new DatabaseSync(join(directory, "store-0.db"), { readOnly: true });
  const columns = finished
    .prepare("PRAGMA table_info(predictions)")
    .all()
    .map(({ name }) => `"${String(name)}"`);
  const select = finished.prepare(`SELECT ${columns.join(", ")} FROM predictions ORDER BY seq`);
  const rows = select.all().map((row) => Object.values(row)) as SQLInputValue[][];
  finished.close();

  const plain = new DatabaseSync(file);
  plain.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  plain.exec(`CREATE TABLE predictions (${columns[0]} INTEGER PRIMARY KEY, ${columns.slice(1).join(", ")})`);
  const insert = plain.prepare(`INSERT INTO predictions VALUES (${columns.map(() => "?").join(", ")})`);
  const startedAt = performance.now();
  for (let from = 0; from < rows.length; from += BATCH) {
    plain.exec("BEGIN IMMEDIATE");
    for (let i = from; i < Math.min(from + BATCH, rows.length); i++) insert.run(...rows[i]!);
    plain.exec("COMMIT");
  }
  const elapsed = performance.now() - startedAt;
  plain.close();
  return elapsed;
}

process.stdout.write(String(append(process.argv[2]!, process.argv[3]!)));
