import { describe, expect, it } from "@jest/globals";
import { hash53, partitionOf } from "../../../shared/hash";

describe("hash53", () => {
  it.each([
    ["", 0, 3338908027751811],
    ["a", 0, 7929297801672961],
    ["b", 0, 8684336938537663],
    ["hello", 0, 4625896200565286],
    ["revenge", 0, 4051478007546757],
    ["revenue", 0, 8309097637345594],
    ["revenue", 1, 8697026808958300],
    ["revenue", 2, 2021074995066978],
    ["revenue", 3, 4747903550515895],
  ])("is cyrb53: %j with seed %i gives the published value", (text, seed, expected) => {
    expect(hash53(text, seed)).toBe(expected);
  });

  it("has seed 0 unless told", () => {
    expect(hash53("revenue")).toBe(hash53("revenue", 0));
  });

  it("is always a safe integer, also of text beyond ASCII", () => {
    for (const text of ["é", "日本語", "🙂", "\ud800", "x".repeat(10_000)]) {
      const hash = hash53(text);

      expect(Number.isSafeInteger(hash)).toBe(true);
      expect(hash).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("partitionOf", () => {
  it("never changes: a key's events would otherwise move to another partition on an update", () => {
    const keys = ["customer-1", "customer-2", "日本語", "a"];

    expect(keys.map((key) => partitionOf(key, 8))).toEqual(keys.map((key) => hash53(key) % 8));
    expect(partitionOf("a", 1_000)).toBe(961);
    expect(partitionOf("revenge", 2)).toBe(1);
  });

  it("puts everything into the only partition there is", () => {
    expect(partitionOf("revenge", 1)).toBe(0);
  });

  it("spreads keys evenly: none of 8 partitions is a quarter off its share of 4,000 keys", () => {
    const counts = new Array<number>(8).fill(0);

    for (let i = 0; i < 4_000; i++) {
      const partition = partitionOf(`customer-${i}`, 8);
      counts[partition] = counts[partition]! + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(375);
    expect(Math.max(...counts)).toBeLessThan(625);
  });
});
