import type { Db } from "../database";
import { addTo, type Bloom, createBloom } from "./bloom";

/** A sorted run of (hash, seq) pairs on disk. */
export interface SortedRun {
  run: number;
  level: number;
  firstPage: number;
  pages: number;
  count: number;
  /** Seqs are stored as 4-byte distances from here. */
  baseSeq: number;
  lastSeq: number;
  bloom: Bloom;
  /** First hash of each page. */
  fences: Float64Array;
}

/** 12 bytes each; so many that a page of them with its header fits a page of the file (8192 bytes, of which 8157 are ours). */
export const PAIRS_PER_PAGE = 675;

export function pagesFor(count: number): number {
  return Math.ceil(count / PAIRS_PER_PAGE);
}

/** One page: its hashes in ascending order, then the distances of their seqs. */
export interface Page {
  hashes: Float64Array;
  distances: Uint32Array;
}

export function readPage(store: Db, page: number): Page {
  const row = store.prepare("SELECT pairs FROM seen_pages WHERE page = ?").get(page);
  const bytes = row?.["pairs"] as Uint8Array;
  const pairs = bytes.length / 12;
  return {
    hashes: new Float64Array(bytes.buffer, bytes.byteOffset, pairs),
    distances: new Uint32Array(bytes.buffer, bytes.byteOffset + pairs * 8, pairs),
  };
}

/** The first seq of a run under this hash that `same` accepts. Costs one page read, hardly ever two. */
export function findInRun(
  store: Db,
  { fences, firstPage, baseSeq }: SortedRun,
  hash: number,
  same: (seq: number) => boolean,
): number | undefined {
  // Equal hashes may start at the end of the page before the first that begins with them.
  for (let page = Math.max(0, lowerBound(fences, hash) - 1); page < fences.length && fences[page]! <= hash; page++) {
    const { hashes, distances } = readPage(store, firstPage + page);
    for (let i = lowerBound(hashes, hash); i < hashes.length && hashes[i] === hash; i++) {
      const seq = baseSeq + distances[i]!;
      if (same(seq)) return seq;
    }
  }
  return undefined;
}

/** Index of the first value that is not below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface PageWriter {
  readonly bloom: Bloom;
  readonly fences: Float64Array;
  /** Pairs in ascending order of hash. */
  push(hash: number, seq: number): void;
  /** Writes the last page. */
  flush(): void;
}

export function createPageWriter(store: Db, firstPage: number, count: number, baseSeq: number): PageWriter {
  const bloom = createBloom(count);
  const fences = new Float64Array(pagesFor(count));
  const hashes = new Float64Array(PAIRS_PER_PAGE);
  const distances = new Uint32Array(PAIRS_PER_PAGE);
  let filled = 0;
  let page = 0;

  const flush = () => {
    if (filled === 0) return;
    const bytes = new Uint8Array(filled * 12);
    bytes.set(new Uint8Array(hashes.buffer, 0, filled * 8));
    bytes.set(new Uint8Array(distances.buffer, 0, filled * 4), filled * 8);
    store.prepare("INSERT INTO seen_pages (page, pairs) VALUES (?, ?)").run(firstPage + page, bytes);
    fences[page++] = hashes[0]!;
    filled = 0;
  };

  return {
    bloom,
    fences,
    push: (hash, seq) => {
      addTo(bloom, hash);
      hashes[filled] = hash;
      distances[filled++] = seq - baseSeq;
      if (filled === PAIRS_PER_PAGE) flush();
    },
    flush,
  };
}
