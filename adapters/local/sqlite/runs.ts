import { ConfigError } from "../../../shared/errors";
import { sqliteError } from "./errors";
import type { Files } from "./files";

/** One invocation of `sluice run`, so that a finished one is recognized and an interrupted one is resumed. */
export interface Run {
  id: string;
  argumentsHash: string;
  startedAt: number;
  /** Undefined while it runs, or if it was interrupted. */
  finishedAt: number | undefined;
  /** What it ended with; undefined until then. */
  summary: unknown;
}

export interface Runs {
  /** Notes a start. Starting an id again (to resume it) keeps its first start and clears the end. */
  start(run: { id: string; argumentsHash: string }): Run;
  finish(id: string, summary: unknown): Run;
  /** The latest run with these arguments. */
  find(argumentsHash: string): Run | undefined;
  /** Latest first. */
  list(limit: number): Run[];
}

const COLUMNS = "id, arguments_hash, started_at, finished_at, summary";

export function createRuns({ control, clock }: Pick<Files, "control" | "clock">): Runs {
  const within = <T>(run: () => T): T => {
    try {
      return run();
    } catch (thrown) {
      throw sqliteError(thrown, { stage: "engine", adapter: "local/runs", file: control.file });
    }
  };

  return {
    start: ({ id, argumentsHash }) =>
      within(() => {
        const sql = `INSERT INTO runs (id, arguments_hash, started_at) VALUES (?, ?, ?)
          ON CONFLICT DO UPDATE SET finished_at = NULL, summary = NULL RETURNING ${COLUMNS}`;
        return toRun(control.prepare(sql).get(id, argumentsHash, clock.now()));
      }),
    finish: (id, summary) =>
      within(() => {
        const sql = `UPDATE runs SET finished_at = ?, summary = ? WHERE id = ? RETURNING ${COLUMNS}`;
        const row = control.prepare(sql).get(clock.now(), JSON.stringify(summary), id);
        if (!row) throw new ConfigError(`no run ${JSON.stringify(id)} was started.`, control.file, "Start it first.");
        return toRun(row);
      }),
    find: (argumentsHash) =>
      within(() => {
        const sql = `SELECT ${COLUMNS} FROM runs WHERE arguments_hash = ? ORDER BY started_at DESC, id DESC LIMIT 1`;
        const row = control.prepare(sql).get(argumentsHash);
        return row && toRun(row);
      }),
    list: (limit) =>
      within(() =>
        control.prepare(`SELECT ${COLUMNS} FROM runs ORDER BY started_at DESC, id LIMIT ?`).all(limit).map(toRun),
      ),
  };
}

function toRun(row: Record<string, unknown> | undefined): Run {
  const summary = row?.["summary"];
  return {
    id: String(row?.["id"]),
    argumentsHash: String(row?.["arguments_hash"]),
    startedAt: Number(row?.["started_at"]),
    finishedAt: row?.["finished_at"] === null ? undefined : Number(row?.["finished_at"]),
    summary: typeof summary === "string" ? JSON.parse(summary) : undefined,
  };
}
