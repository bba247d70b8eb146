import type { Db } from "../database";
import { createPageWriter, PAIRS_PER_PAGE, readPage, type SortedRun } from "./pages";
import { finishRun, insertRun, killRun } from "./runs";

/** A merge that goes on a few pages at a time, so that no write waits for a whole one. */
export interface Merge {
  /** The run it builds. */
  readonly run: number;
  readonly level: number;
  readonly inputs: readonly SortedRun[];
  /** Moves about `pairs` pairs; the new run once it is live and its inputs are dead. Call inside a transaction. */
  step(pairs: number): SortedRun | undefined;
}

export function startMerge(store: Db, inputs: readonly SortedRun[], writer: string, startedSeq: number): Merge {
  const shape = {
    level: Math.max(...inputs.map(({ level }) => level)) + 1,
    count: inputs.reduce((sum, { count }) => sum + count, 0),
    baseSeq: Math.min(...inputs.map(({ baseSeq }) => baseSeq)),
    lastSeq: Math.max(...inputs.map(({ lastSeq }) => lastSeq)),
  };
  const building = insertRun(store, shape, writer, startedSeq);
  const pages = createPageWriter(store, building.firstPage, shape.count, shape.baseSeq);
  const cursors = inputs.map((input) => cursor(store, input));
  let left = shape.count;
  let credit = 0;

  const moveSmallest = () => {
    let smallest = cursors[0]!;
    for (const other of cursors) if (other.hash < smallest.hash) smallest = other;
    pages.push(smallest.hash, smallest.seq);
    smallest.advance();
  };

  return {
    run: building.run,
    level: shape.level,
    inputs,
    step: (pairs) => {
      // Whole pages; what is too much is owed to the next step.
      credit += pairs;
      while (credit > 0 && left > 0) {
        const count = Math.min(left, PAIRS_PER_PAGE);
        for (let i = 0; i < count; i++) moveSmallest();
        left -= count;
        credit -= count;
      }
      if (left > 0) return undefined;
      const merged = finishRun(store, building, pages);
      for (const { run } of inputs) killRun(store, run);
      return merged;
    },
  };
}

interface Cursor {
  /** Infinity at the end. */
  hash: number;
  seq: number;
  advance(): void;
}

function cursor(store: Db, { firstPage, pages, baseSeq }: SortedRun): Cursor {
  let page = 0;
  let at = 0;
  let current = readPage(store, firstPage);
  const self: Cursor = {
    hash: current.hashes[0]!,
    seq: baseSeq + current.distances[0]!,
    advance: () => {
      if (++at === current.hashes.length) {
        at = 0;
        if (++page === pages) {
          self.hash = Number.POSITIVE_INFINITY;
          return;
        }
        current = readPage(store, firstPage + page);
      }
      self.hash = current.hashes[at]!;
      self.seq = baseSeq + current.distances[at]!;
    },
  };
  return self;
}
