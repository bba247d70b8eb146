import { performance } from "node:perf_hooks";

/** One side of a comparison: does the whole work once. */
export type Contender = () => unknown | Promise<unknown>;

export interface Compared {
  /** Median microseconds per item of each side. */
  referenceUs: number;
  ownUs: number;
  /** Median over rounds of the reference's time / our time, both of one round: 1 is as fast, 2 is twice as fast. */
  ratio: number;
}

export interface CompareOptions {
  /** Items that one call handles. */
  items: number;
  rounds?: number;
  /** How long a side runs per round, milliseconds. */
  sliceMs?: number;
}

/**
 * Times two contenders in turn, round after round, and compares them within each round: the speed of a shared machine
 * drifts, the ratio of two neighbors in time hardly does. Only two at a time, because the garbage of a third would be
 * collected at their expense. The first quarter of the rounds warms up and is not counted.
 */
export async function compare(reference: Contender, own: Contender, options: CompareOptions): Promise<Compared> {
  const { items, rounds = 36, sliceMs = 30 } = options;
  const repeats = Math.max(1, Math.round(sliceMs / (await millisecondsPerCall(reference, sliceMs))));
  const times: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    // Taking turns in going first, for whoever does finds the caches cold.
    if (round % 2 === 0) times.push([await timed(reference, repeats), await timed(own, repeats)]);
    else
      times.push(
        ((mine, theirs): [number, number] => [theirs, mine])(
          await timed(own, repeats),
          await timed(reference, repeats),
        ),
      );
  }
  const counted = times.slice(Math.ceil(rounds / 4));
  const perItem = (ms: number) => (ms * 1_000) / (repeats * items);
  return {
    referenceUs: median(counted.map(([theirs]) => perItem(theirs))),
    ownUs: median(counted.map(([, mine]) => perItem(mine))),
    ratio: median(counted.map(([theirs, mine]) => theirs / mine)),
  };
}

async function timed(contender: Contender, repeats: number): Promise<number> {
  const startedAt = performance.now();
  for (let n = 0; n < repeats; n++) await contender();
  return performance.now() - startedAt;
}

/** Also warms the contender up. */
async function millisecondsPerCall(contender: Contender, forMs: number): Promise<number> {
  const startedAt = performance.now();
  let calls = 0;
  while (performance.now() - startedAt < forMs) {
    await contender();
    calls++;
  }
  return (performance.now() - startedAt) / calls;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
