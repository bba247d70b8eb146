import { describe, expect, it } from "@jest/globals";
import { all, event, rowBatch } from "../../../../support/records";
import { withTable } from "./open";

describe("values in DynamoDB", () => {
  it("keep what DynamoDB's own types cannot hold", () =>
    withTable({}, async (store) => {
      const prediction = {
        least: 5e-324,
        most: Number.MAX_VALUE,
        edge: -1e126,
        minusZero: -0,
        none: Number.NaN,
        endless: Number.NEGATIVE_INFINITY,
        lone: "a\ud800b",
        nul: "\u0000",
        empty: "",
        no: false,
        nothing: null,
      };
      await store.write(rowBatch([event(1)], { predictions: [prediction] }));

      const row = await store.read("k1", "e1");

      expect(row?.prediction).toEqual(prediction);
    }));

  it("keep truths, times with fractions and times before 1970", () =>
    withTable({}, async (store) => {
      const times = [-62135596800000.5, 5e-324, 8.64e15];
      await store.write(rowBatch(3, { times, truths: [-0, 5e-324, null] }));

      const rows = await all(store.query({ limit: 10 }));

      expect(rows.map(({ time, truth }) => [time, truth])).toEqual([
        [-62135596800000.5, -0],
        [0, 5e-324],
        [8.64e15, null],
      ]);
    }));
});
