import { hash53 } from "../../../../shared/hash";
import type { Db } from "../database";
import { mayHold } from "./bloom";
import { createGeneration } from "./generation";
import { type Merge, startMerge } from "./merge";
import { findInRun, type SortedRun } from "./pages";
import { type BuildingRun, type DeadRun, flushGeneration, killRun, loadRuns, sweep } from "./runs";

/**
 * Which ids the predictions table of one file holds, without an index on random ids: that would touch a random page per
 * row, 2.4 to 10 times slower and slower with every million. Instead a log-structured merge set of 53-bit hashes: the
 * newest in memory, older ones in sorted runs behind Bloom filters, about 2 bytes of memory an id. A hash only
 * says where to look; the stored id itself decides, so the answer is exact.
 */
export interface Seen {
  /** Call first in every transaction: takes in what other connections have written. Returns the last seq. */
  sync(): number;
  /** The row that holds this id. */
  find(id: string): number | undefined;
  /** The seq of a new id, or undefined if it is there already. The row must be inserted in this transaction. */
  add(id: string): number | undefined;
  /** Call last in every write: moves `rows` rows' worth of work to disk. */
  settle(rows: number): void;
  /** Forget all after a rollback. */
  reset(): void;
}

export interface SeenOptions {
  /** Ids in memory before they are written as a run. They are read again when a file is opened. */
  generationSize?: number;
  /** 53-bit non-negative integers. */
  hash?: (id: string) => number;
  /** Unique name of this connection. */
  writer: string;
}

const GENERATION_SIZE = 32_768;
/** Runs of one level that are merged into one of the next. */
const FANOUT = 4;
/** Pairs each merge moves per row written: it ends long before its level has filled up again. */
const PACE = 4;
const TAIL_PAGE = 2_000;

export function createSeen(store: Db, options: SeenOptions): Seen {
  const { generationSize = GENERATION_SIZE, hash = hash53, writer } = options;
  const generation = createGeneration(generationSize);
  let version: unknown;
  let lastSeq = 0;
  let flushedSeq = -1;
  /** Ids of this transaction, whose rows are not there to compare with yet; the first has the seq after `stored`. */
  let pending: string[] = [];
  let stored = 0;
  let runs: SortedRun[] = [];
  let building: BuildingRun[] = [];
  let dead: DeadRun[] = [];
  let merges: Merge[] = [];

  let wanted = "";
  const same = (seq: number) =>
    (seq > stored
      ? pending[seq - stored - 1]
      : store.prepare("SELECT id FROM predictions WHERE seq = ?").get(seq)?.["id"]) === wanted;

  const lookUp = (id: string, hashed: number): number | undefined => {
    wanted = id;
    const recent = generation.find(hashed, same);
    if (recent !== undefined) return recent;
    for (const run of runs) {
      const seq = mayHold(run.bloom, hashed) ? findInRun(store, run, hashed, same) : undefined;
      if (seq !== undefined) return seq;
    }
    return undefined;
  };

  const load = () => {
    const list = loadRuns(store, runs);
    ({ live: runs, building, dead } = list);
    merges = merges.filter(({ run }) => building.some((other) => other.run === run));
    const flushed = Math.max(0, ...runs.map((run) => run.lastSeq));
    if (flushed !== flushedSeq) {
      generation.clear();
      lastSeq = flushed;
      flushedSeq = flushed;
    }
    for (let read = TAIL_PAGE; read === TAIL_PAGE; ) {
      const sql = "SELECT seq, id FROM predictions WHERE seq > ? ORDER BY seq LIMIT ?";
      const rows = store.prepare(sql).all(lastSeq, TAIL_PAGE);
      for (const row of rows) generation.add(hash(String(row["id"])), Number(row["seq"]));
      lastSeq = Number(rows.at(-1)?.["seq"] ?? lastSeq);
      read = rows.length;
    }
  };

  /** Unfinished merges that nobody goes on with: our own from before a rollback, and those of writers that are gone. */
  const abandon = () => {
    for (const one of building) {
      if (merges.some(({ run }) => run === one.run)) continue;
      // Four times what a merge takes if its writer writes all rows.
      const patience = generationSize * FANOUT ** one.level;
      if (one.writer !== writer && one.startedSeq + patience > lastSeq) continue;
      killRun(store, one.run);
      load();
      return abandon();
    }
  };

  const startMerges = () => {
    for (const [level, all] of Map.groupBy(runs, (run) => run.level)) {
      if (all.length < FANOUT || building.some((other) => other.level === level + 1)) continue;
      const merge = startMerge(store, all.slice(0, FANOUT), writer, lastSeq);
      merges.push(merge);
      building.push({ run: merge.run, level: merge.level, writer, startedSeq: lastSeq });
    }
  };

  const finish = (merge: Merge, merged: SortedRun) => {
    runs = [...runs.filter((run) => !merge.inputs.includes(run)), merged];
    dead.push(...merge.inputs);
    merges = merges.filter((other) => other !== merge);
    building = building.filter(({ run }) => run !== merge.run);
  };

  return {
    sync: () => {
      // Changes exactly when another connection has committed to the file.
      const now = store.prepare("PRAGMA data_version").get()?.["data_version"];
      if (now !== version) load();
      version = now;
      stored = lastSeq;
      return lastSeq;
    },
    find: (id) => lookUp(id, hash(id)),
    add: (id) => {
      const hashed = hash(id);
      if (lookUp(id, hashed) !== undefined) return undefined;
      generation.add(hashed, ++lastSeq);
      pending.push(id);
      return lastSeq;
    },
    settle: (rows) => {
      pending = [];
      if (generation.size >= generationSize) {
        runs.push(flushGeneration(store, generation, writer, flushedSeq + 1, lastSeq));
        generation.clear();
        flushedSeq = lastSeq;
      }
      abandon();
      startMerges();
      for (const merge of merges) {
        const merged = merge.step(rows * PACE);
        if (merged) finish(merge, merged);
      }
      const [first, ...others] = dead;
      if (first) dead = [sweep(store, first), ...others].filter((run) => run !== undefined);
    },
    reset: () => {
      version = undefined;
      flushedSeq = -1;
      pending = [];
      merges = [];
      // The numbers of runs that were rolled back are given out again.
      runs = [];
    },
  };
}
