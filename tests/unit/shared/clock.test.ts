import { describe, expect, it } from "@jest/globals";
import { type Random, seededRandom } from "../../../shared/clock";

describe("seededRandom", () => {
  it("is sfc32: the same numbers as the algorithm written with whole numbers of any size", () => {
    for (const seed of [1, 2, 42, -7, 2 ** 31, 2 ** 32 - 1]) {
      const random = seededRandom(seed);
      const reference = sfc32(seed);

      for (let i = 0; i < 100; i++) expect(random()).toBe(reference());
    }
  });

  it("gives the same numbers on every machine, for ever", () => {
    const random = seededRandom(1);

    expect([random(), random(), random()]).toEqual(FIRST_OF_SEED_1);
  });

  it("gives seed 0 numbers too: a counter of 0 is replaced", () => {
    const random = seededRandom(0);

    expect(random()).toBe(seededRandom(1)());
  });

  it("gives every seed numbers of its own", () => {
    const first = Array.from({ length: 1_000 }, (_, seed) => seededRandom(seed + 1)());

    expect(new Set(first).size).toBe(1_000);
  });

  it("is uniform in [0, 1): every tenth holds its share of 20,000 numbers to 5 %", () => {
    const random = seededRandom(7);
    const tenths = new Array<number>(10).fill(0);

    for (let i = 0; i < 20_000; i++) {
      const value = random();
      tenths[Math.floor(value * 10)]! += 1;
    }

    expect(tenths.reduce((sum, count) => sum + count)).toBe(20_000);
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(100);
  });
});

const FIRST_OF_SEED_1 = [0.005756614962592721, 0.19524576188996434, 0.5873619802296162];
const WORD = 2n ** 32n;

/** The algorithm as PractRand has it, in unbounded integers. */
function sfc32(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9n, 0x243f6a88n, 0xb7e15162n, BigInt.asUintN(32, BigInt(seed))];
  const next = () => {
    const sum = (a + b + counter) % WORD;
    counter = (counter + 1n) % WORD;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) % WORD;
    c = (((c << 21n) % WORD) + (c >> 11n) + sum) % WORD;
    return Number(sum) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
