import type { Db } from "../database";
import type { Generation } from "./generation";
import { createPageWriter, type PageWriter, pagesFor, type SortedRun } from "./pages";

const BUILDING = 0;
const LIVE = 1;
const DEAD = 2;

/** A run that some connection is merging others into. */
export interface BuildingRun {
  run: number;
  level: number;
  writer: string;
  startedSeq: number;
}

/** A run that nobody reads any more; its pages are still to be deleted. */
export interface DeadRun {
  run: number;
  firstPage: number;
  pages: number;
}

export interface RunList {
  live: SortedRun[];
  building: BuildingRun[];
  dead: DeadRun[];
}

/** Pages deleted at a time. */
const SWEEP = 64;

type Row = Record<string, unknown>;

/** All runs of a file; those in `known` need not be read again, since a live run never changes. */
export function loadRuns(store: Db, known: readonly SortedRun[]): RunList {
  const list: RunList = { live: [], building: [], dead: [] };
  const sql = `SELECT run, level, state, writer, first_page AS firstPage, pages, count, base_seq AS baseSeq,
    last_seq AS lastSeq, started_seq AS startedSeq FROM seen_runs ORDER BY run`;
  for (const row of store.prepare(sql).all() as Row[]) {
    if (row["state"] === BUILDING) list.building.push(row as unknown as BuildingRun);
    else if (row["state"] === DEAD) list.dead.push(row as unknown as DeadRun);
    else list.live.push(known.find(({ run }) => run === row["run"]) ?? withFilter(store, row as unknown as SortedRun));
  }
  return list;
}

function withFilter(store: Db, run: SortedRun): SortedRun {
  const row = store.prepare("SELECT bloom, fences FROM seen_runs WHERE run = ?").get(run.run);
  const bloom = row?.["bloom"] as Uint8Array;
  const fences = row?.["fences"] as Uint8Array;
  return {
    ...run,
    bloom: new Uint32Array(bloom.buffer, bloom.byteOffset, bloom.length / 4),
    fences: new Float64Array(fences.buffer, fences.byteOffset, fences.length / 8),
  };
}

/** Writes a generation as a run of the lowest level. */
export function flushGeneration(
  store: Db,
  generation: Generation,
  writer: string,
  baseSeq: number,
  lastSeq: number,
): SortedRun {
  const shape = { level: 0, count: generation.size, baseSeq, lastSeq };
  const building = insertRun(store, shape, writer, lastSeq);
  const pages = createPageWriter(store, building.firstPage, shape.count, baseSeq);
  const pairs = generation.sorted();
  for (let at = 0; at < pairs.length; at += 2) pages.push(pairs[at]!, pairs[at + 1]!);
  return finishRun(store, building, pages);
}

type Shape = Pick<SortedRun, "level" | "count" | "baseSeq" | "lastSeq">;
export type UnfinishedRun = Omit<SortedRun, "bloom" | "fences">;

export function insertRun(store: Db, shape: Shape, writer: string, startedSeq: number): UnfinishedRun {
  const pages = pagesFor(shape.count);
  const next = store.prepare("SELECT coalesce(max(first_page + pages), 1) AS page FROM seen_runs").get()?.["page"];
  const firstPage = Number(next);
  const { lastInsertRowid } = store
    .prepare(
      `INSERT INTO seen_runs (level, state, writer, first_page, pages, count, base_seq, last_seq, started_seq)
        VALUES (?, ${BUILDING}, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(shape.level, writer, firstPage, pages, shape.count, shape.baseSeq, shape.lastSeq, startedSeq);
  return { run: Number(lastInsertRowid), ...shape, firstPage, pages };
}

/** Makes a run live. In the same transaction, the ones it replaces must die. */
export function finishRun(store: Db, unfinished: UnfinishedRun, pages: PageWriter): SortedRun {
  pages.flush();
  const { bloom, fences } = pages;
  store
    .prepare(`UPDATE seen_runs SET state = ${LIVE}, bloom = ?, fences = ? WHERE run = ?`)
    .run(bytesOf(bloom), bytesOf(fences), unfinished.run);
  return { ...unfinished, bloom, fences };
}

export function killRun(store: Db, run: number): void {
  store.prepare(`UPDATE seen_runs SET state = ${DEAD}, bloom = NULL, fences = NULL WHERE run = ?`).run(run);
}

/** Deletes some pages of a dead run. Returns what is left of it, or undefined when it is gone. */
export function sweep(store: Db, { run, firstPage, pages }: DeadRun): DeadRun | undefined {
  const count = Math.min(pages, SWEEP);
  store.prepare("DELETE FROM seen_pages WHERE page >= ? AND page < ?").run(firstPage, firstPage + count);
  if (count === pages) {
    store.prepare("DELETE FROM seen_runs WHERE run = ?").run(run);
    return undefined;
  }
  const rest = { run, firstPage: firstPage + count, pages: pages - count };
  store.prepare("UPDATE seen_runs SET first_page = ?, pages = ? WHERE run = ?").run(rest.firstPage, rest.pages, run);
  return rest;
}

function bytesOf(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
