import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createHistogram } from "sluice";

const RUNS = { numRuns: 500 };

/** 2 us to 3 hours, every order of magnitude alike, each with its weight. */
const durations = fc.array(
  fc.record({
    ms: fc.double({ min: Math.log(0.002), max: Math.log(1e7), noNaN: true }).map(Math.exp),
    weight: fc.integer({ min: 1, max: 50 }),
  }),
  { minLength: 1, maxLength: 200 },
);
const share = fc.constantFrom(0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 1);

describe("the histogram", () => {
  it("gives every quantile within 3.2 % of the exact one", () => {
    fc.assert(
      fc.property(durations, share, (entries, q) => {
        const histogram = filled(entries);

        expect(Math.abs(histogram.quantile(q) / exact(entries, q) - 1)).toBeLessThanOrEqual(0.032);
      }),
      RUNS,
    );
  });

  it("knows weight and sum exactly", () => {
    fc.assert(
      fc.property(durations, (entries) => {
        const histogram = filled(entries);

        expect(histogram.count).toBe(entries.reduce((sum, { weight }) => sum + weight, 0));
        expect(histogram.totalMs).toBeCloseTo(
          entries.reduce((sum, { ms, weight }) => sum + ms * weight, 0),
          3,
        );
      }),
      RUNS,
    );
  });

  it("merged from parts, through JSON, is the histogram of the whole", () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const merged = createHistogram();
        for (const part of [one, other]) merged.merge(JSON.parse(JSON.stringify(filled(part).dump())));

        const whole = filled([...one, ...other]);

        expect(merged.dump().buckets).toEqual(whole.dump().buckets);
        expect(merged.count).toBe(whole.count);
      }),
      RUNS,
    );
  });

  it("takes what no clock should give it: zero, negative and endless durations", () => {
    const histogram = createHistogram();

    for (const ms of [0, -5, 1e300, Number.MAX_VALUE]) histogram.record(ms);

    expect(histogram.count).toBe(4);
    expect(histogram.quantile(0.5)).toBeGreaterThan(0);
    expect(Number.isFinite(histogram.quantile(1))).toBe(true);
  });
});

interface Entry {
  ms: number;
  weight: number;
}

function filled(entries: readonly Entry[]) {
  const histogram = createHistogram();
  for (const { ms, weight } of entries) histogram.record(ms, weight);
  return histogram;
}

function exact(entries: readonly Entry[], q: number): number {
  const sorted = [...entries].sort((a, b) => a.ms - b.ms);
  const target = q * sorted.reduce((sum, { weight }) => sum + weight, 0);
  let below = 0;
  for (const { ms, weight } of sorted) {
    below += weight;
    if (below >= target) return ms;
  }
  return sorted.at(-1)!.ms;
}
