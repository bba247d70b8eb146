import { type Random, seededRandom } from "sluice";

/** Draws from the distributions that the generator needs; the same `random` gives the same draws. */
export interface Dice {
  /** A number in [0, 1). */
  random: Random;
  chance: (probability: number) => boolean;
  /** Uniform in [low, high). */
  between: (low: number, high: number) => number;
  /** Whole, uniform, both ends included. */
  whole: (low: number, high: number) => number;
  /** Exponential with this mean. */
  exponential: (mean: number) => number;
  /** Median times e^(sigma * standard normal). */
  logNormal: (median: number, sigma: number) => number;
  pick: <Item>(items: ArrayLike<Item>) => Item;
}

export function createDice(random: Random): Dice {
  const normals = standardNormals(4096);
  return {
    random,
    chance: (probability) => random() < probability,
    between: (low, high) => low + random() * (high - low),
    whole: (low, high) => low + Math.floor(random() * (high - low + 1)),
    exponential: (mean) => -mean * Math.log(1 - random()),
    logNormal: (median, sigma) => median * Math.exp(sigma * normals[(random() * 4096) | 0]!),
    pick: (items) => items[Math.floor(random() * items.length)]!,
  };
}

/** A table of Box-Muller samples: one look-up per draw instead of a logarithm, a root and a cosine. */
function standardNormals(count: number): Float64Array {
  const random = seededRandom(20_260_101);
  return Float64Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    return radius * Math.cos(2 * Math.PI * random());
  });
}
