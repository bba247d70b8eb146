/** The newest hashes, in memory: a multimap from 53-bit hash to seq. */
export interface Generation {
  readonly size: number;
  add(hash: number, seq: number): void;
  /** The first seq under this hash that `same` accepts. */
  find(hash: number, same: (seq: number) => boolean): number | undefined;
  /** All pairs in ascending order of hash, each as hash and seq. */
  sorted(): Float64Array;
  clear(): void;
}

/** Twice the expected size: at most half full, so that a probe ends after about 1.5 steps. */
const SLOTS_PER_ENTRY = 2;
/** 2^-53: turns a hash into a number in [0, 1). */
const UNIT = 1 / 9_007_199_254_740_992;

/**
 * One open-addressing table of (hash, seq) pairs, a single cache miss a probe. The leading bits of a hash choose its
 * slot, so the table is nearly in order already, and sorting it takes a pass.
 */
export function createGeneration(expected: number): Generation {
  let slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected * SLOTS_PER_ENTRY)));
  // Seq 0 marks a free slot; the first one is 1.
  let pairs = new Float64Array(slots * 2);
  let size = 0;

  const put = (hash: number, seq: number) => {
    const mask = slots - 1;
    let slot = Math.floor(hash * UNIT * slots) & mask;
    while (pairs[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
    pairs[slot * 2] = hash;
    pairs[slot * 2 + 1] = seq;
  };
  const grow = () => {
    const old = pairs;
    slots *= 2;
    pairs = new Float64Array(slots * 2);
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) put(old[at]!, old[at + 1]!);
  };

  return {
    get size() {
      return size;
    },
    add: (hash, seq) => {
      if ((size + 1) * SLOTS_PER_ENTRY > slots) grow();
      put(hash, seq);
      size++;
    },
    find: (hash, same) => {
      const mask = slots - 1;
      for (let slot = Math.floor(hash * UNIT * slots) & mask; ; slot = (slot + 1) & mask) {
        const seq = pairs[slot * 2 + 1]!;
        if (seq === 0) return undefined;
        if (pairs[slot * 2] === hash && same(seq)) return seq;
      }
    },
    sorted: () => {
      const sorted = new Float64Array(size * 2);
      let end = 0;
      for (let at = 0; at < pairs.length; at += 2) {
        if (pairs[at + 1] === 0) continue;
        end = insertSorted(sorted, end, pairs[at]!, pairs[at + 1]!);
      }
      return sorted;
    },
    clear: () => {
      pairs.fill(0);
      size = 0;
    },
  };
}

/** Moves the few larger ones before `end` up by one; returns the new end. */
function insertSorted(sorted: Float64Array, end: number, hash: number, seq: number): number {
  let at = end;
  for (; at > 0 && sorted[at - 2]! > hash; at -= 2) {
    sorted[at] = sorted[at - 2]!;
    sorted[at + 1] = sorted[at - 1]!;
  }
  sorted[at] = hash;
  sorted[at + 1] = seq;
  return end + 2;
}
