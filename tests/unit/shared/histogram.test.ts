import { describe, expect, it } from "@jest/globals";
import { seededRandom } from "../../../shared/clock";
import { createHistogram } from "../../../shared/histogram";

/** Half a bucket: 1/32 of the lower end of a bucket. */
const BOUND = 1 / 32;

/** The value that a share `q` of the sorted values does not exceed. */
function exact(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

describe("a histogram", () => {
  it("is empty at first", () => {
    const histogram = createHistogram();

    expect(histogram).toMatchObject({ count: 0, totalMs: 0 });
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.dump()).toEqual({ buckets: [], totalMs: 0 });
  });

  it("is at most half a bucket off, from a microsecond to 19 hours", () => {
    for (let us = 1; us < 2 ** 36; us *= 1.07) {
      const histogram = createHistogram();

      histogram.record(us / 1000);

      const error = histogram.quantile(0.5) / (us / 1000) - 1;
      expect(Math.abs(error)).toBeLessThanOrEqual(BOUND + 1e-12);
    }
  });

  it("is within the bound at the very edges of its buckets", () => {
    for (const us of [1, 1.0625, 2, 3, 1024, 1024 - 1e-9, 2 ** 29, 2 ** 29 - 1e-6, 2 ** 36 - 1]) {
      const histogram = createHistogram();

      histogram.record(us / 1000);

      expect(Math.abs(histogram.quantile(1) / (us / 1000) - 1)).toBeLessThanOrEqual(BOUND + 1e-9);
    }
  });

  it("finds the quantiles of many durations within the bound", () => {
    const random = seededRandom(11);
    const values = Array.from({ length: 4_000 }, () => 0.01 * 10 ** (random() * 5));
    const histogram = createHistogram();

    for (const value of values) histogram.record(value);

    for (const q of [0.001, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1])
      expect(Math.abs(histogram.quantile(q) / exact(values, q) - 1)).toBeLessThanOrEqual(BOUND);
  });

  it("puts the middle of each bucket where it belongs", () => {
    const histogram = createHistogram();

    histogram.record(1.5);

    // 1,500 us lies in [1,472, 1,536), the 8th sixteenth of the octave from 1,024.
    expect(histogram.dump().buckets).toEqual([[10 * 16 + 7, 1]]);
    expect(histogram.quantile(0.5)).toBeCloseTo(1.504, 10);
  });

  it("answers the least for 0 and the greatest for 1", () => {
    const histogram = createHistogram();

    histogram.record(1);
    histogram.record(100);

    expect(histogram.quantile(0)).toBeCloseTo(1, 1);
    expect(histogram.quantile(0.5)).toBeCloseTo(1, 1);
    expect(histogram.quantile(0.51) / 100).toBeCloseTo(1, 1);
    expect(histogram.quantile(1) / 100).toBeCloseTo(1, 1);
  });

  it("lets one entry stand for a whole batch", () => {
    const weighted = createHistogram();
    const single = createHistogram();

    weighted.record(2, 99);
    weighted.record(50);
    for (let i = 0; i < 99; i++) single.record(2);
    single.record(50);

    expect(weighted.dump()).toEqual(single.dump());
    expect(weighted).toMatchObject({ count: 100, totalMs: 248 });
    expect(weighted.quantile(0.99)).toBeCloseTo(2, 0);
    expect(weighted.quantile(0.995) / 50).toBeCloseTo(1, 1);
  });

  it("takes weights that are not whole numbers, whatever their sum is rounded to", () => {
    const histogram = createHistogram();

    histogram.record(3, 0.1);
    histogram.record(2, 0.2);
    histogram.record(1, 0.3);

    expect(histogram.quantile(1)).toBeCloseTo(3, 0);
  });

  it("counts what is shorter than a microsecond as one, and what is longer than 19 hours as that", () => {
    const histogram = createHistogram();

    histogram.record(0);
    histogram.record(-5);
    histogram.record(1e12);

    expect(histogram.dump().buckets).toEqual([
      [0, 2],
      [36 * 16 - 1, 1],
    ]);
    expect(histogram.quantile(1)).toBeCloseTo((2 ** 35 * (1 + 15.5 / 16)) / 1000, 6);
  });

  it("is the sum of the parts that were merged, in any order", () => {
    const random = seededRandom(3);
    const whole = createHistogram();
    const parts = [createHistogram(), createHistogram(), createHistogram()];
    for (let i = 0; i < 3_000; i++) {
      const ms = random() * 100;
      whole.record(ms);
      parts[i % 3]!.record(ms);
    }

    const merged = createHistogram();
    for (const part of parts.reverse()) merged.merge(JSON.parse(JSON.stringify(part.dump())));

    expect(merged.count).toBe(3_000);
    expect(merged.totalMs).toBeCloseTo(whole.totalMs, 6);
    expect(merged.dump().buckets).toEqual(whole.dump().buckets);
    expect(merged.quantile(0.95)).toBe(whole.quantile(0.95));
  });

  it("dumps plain data that later entries do not change", () => {
    const histogram = createHistogram();
    histogram.record(1);

    const dump = histogram.dump();
    histogram.record(1);

    expect(dump).toEqual({ buckets: [[9 * 16 + 15, 1]], totalMs: 1 });
  });
});
