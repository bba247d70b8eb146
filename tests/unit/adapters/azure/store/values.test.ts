import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { PredictionValue } from "sluice";
import { fromValue, valueText } from "../../../../../adapters/azure/store/values";
import { event, rowBatch } from "../../../../support/records";
import { withContainer } from "./open";

const back = (value: PredictionValue) => fromValue(JSON.parse(valueText(value)));

describe("values of a document", () => {
  it.each([0, -0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 2 ** 53, 1e21, Number.NaN, Infinity, -Infinity])(
    "keep the number %p to its last bit",
    (number) => {
      expect(Object.is(back(number), number)).toBe(true);
    },
  );

  it("keep any value", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.boolean(), fc.constant(null));

    fc.assert(fc.property(value, (each) => Object.is(back(each), each)));
  });

  it("keep text that has no UTF-8", () => {
    expect(back("\ud800 and \udfff")).toBe("\ud800 and \udfff");
  });

  it("survive the service, the truth too", () =>
    withContainer({}, async (store) => {
      const predictions = [{ zero: -0, none: Number.NaN, text: "a\ud800", "odd name \"'": true }];
      await store.write(rowBatch([event(1)], { predictions, truths: [-0] }));

      const row = await store.read("k1", "e1");

      expect(row?.prediction).toEqual(predictions[0]);
      expect(Object.is(row?.truth, -0)).toBe(true);
    }));
});
