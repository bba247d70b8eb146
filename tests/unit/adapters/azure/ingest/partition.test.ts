import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { partitionOf } from "../../../../../adapters/azure/ingest/partition";

/** Not among what the package exports: the buffered producer's own way from a key to a partition. */
const { mapPartitionKeyToId } = require(
  path.join(
    path.dirname(require.resolve("@azure/event-hubs/package.json")),
    "dist/commonjs/impl/partitionKeyToIdMapper.js",
  ),
) as { mapPartitionKeyToId: (key: string, partitions: number) => number };

describe("the partition of a key", () => {
  it("is the one that Microsoft's own SDK maps it to, for keys of any length and script", () => {
    const key = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.string({ minLength: 11, maxLength: 14 }),
      fc.uuid(),
      fc.string({ unit: "binary", maxLength: 100 }),
    );

    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 1_024 }), (text, partitions) => {
        expect(partitionOf(text, partitions)).toBe(mapPartitionKeyToId(text, partitions));
      }),
      { numRuns: 2_000 },
    );
  });

  it("stays what it was", () => {
    const partitions = ["", "a", "k0", "device-12345", "exactly-12-b", "é\u{1f600}", "x".repeat(100)].map((key) =>
      partitionOf(key, 32),
    );

    expect(partitions).toEqual([0, 28, 1, 3, 2, 31, 6]);
  });

  it("spreads keys evenly", () => {
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[partitionOf(`device-${i}`, 16)]!++;

    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
