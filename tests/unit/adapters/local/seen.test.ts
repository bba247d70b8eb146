import { describe, expect, it } from "@jest/globals";
import { hash53, seededRandom } from "sluice";
import { addTo, createBloom, mayHold } from "../../../../adapters/local/sqlite/seen/bloom";
import { createGeneration } from "../../../../adapters/local/sqlite/seen/generation";

const hashes = (count: number, seed: number) => Array.from({ length: count }, (_, i) => hash53(`${seed}-${i}`));

describe("the Bloom filter", () => {
  it("never denies a hash that was added, and errs on fewer than one absent hash in 300", () => {
    const present = hashes(20_000, 1);
    const bloom = createBloom(present.length);
    for (const hash of present) addTo(bloom, hash);

    const missed = present.filter((hash) => !mayHold(bloom, hash));
    const wrong = hashes(60_000, 2).filter((hash) => mayHold(bloom, hash));

    expect(missed).toEqual([]);
    expect(wrong.length).toBeLessThan(200);
  });

  it("holds the lowest and the highest hash", () => {
    const bloom = createBloom(1_000);
    for (const hash of [0, Number.MAX_SAFE_INTEGER]) addTo(bloom, hash);

    expect(mayHold(bloom, 0)).toBe(true);
    expect(mayHold(bloom, Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(mayHold(createBloom(0), 0)).toBe(false);
  });
});

describe("the newest generation", () => {
  it("finds every pair, several under one hash, however far it grows", () => {
    const generation = createGeneration(4);
    const random = seededRandom(3);
    const pairs = Array.from({ length: 500 }, (_, i) => [Math.floor(random() * 200) * 2 ** 45, i + 1] as const);
    for (const [hash, seq] of pairs) generation.add(hash, seq);

    const found = pairs.map(([hash, seq]) => generation.find(hash, (other) => other === seq));

    expect(found).toEqual(pairs.map(([, seq]) => seq));
    expect(generation.find(1, () => true)).toBeUndefined();
    expect(generation.size).toBe(500);
  });

  it("gives its pairs in the order of their hashes, also those that ran over the table's end", () => {
    const generation = createGeneration(64);
    const top = Array.from({ length: 10 }, (_, i) => Number.MAX_SAFE_INTEGER - i);
    const all = [...hashes(40, 4), ...top];
    for (const [i, hash] of all.entries()) generation.add(hash, i + 1);

    const sorted = generation.sorted();

    const keys = Array.from({ length: all.length }, (_, i) => sorted[i * 2]);
    expect(keys).toEqual(all.toSorted((a, b) => a - b));
    expect(keys.map((hash, i) => all[(sorted[i * 2 + 1] ?? 0) - 1] === hash)).toEqual(all.map(() => true));
  });

  it("is empty again when it is cleared", () => {
    const generation = createGeneration(4);
    generation.add(5, 1);

    generation.clear();

    expect(generation.find(5, () => true)).toBeUndefined();
    expect([generation.size, generation.sorted().length]).toEqual([0, 0]);
  });
});
