import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { nearest } from "../../../../infra/config/nearest";

const known = ["shards", "retries", "batchSize", "batchWindowSeconds", "reservedConcurrency"];

describe("the nearest name", () => {
  it.each([
    ["shard", "shards"],
    ["batchsize", "batchSize"],
    ["retires", "retries"],
    ["reservedConcurency", "reservedConcurrency"],
  ])("of %s is %s", (typed, meant) => {
    expect(nearest(typed, known)).toBe(meant);
  });

  it("is none if nothing is near", () => {
    expect(nearest("colour", known)).toBeUndefined();
  });

  it("does not take a short name for another one", () => {
    expect(nearest("xy", ["cloud", "ab"])).toBeUndefined();
  });

  it("survives one dropped letter of any name", () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), (name, seed) => {
        const at = seed % name.length;

        expect(nearest(name.slice(0, at) + name.slice(at + 1), known)).toBe(name);
      }),
    );
  });
});
