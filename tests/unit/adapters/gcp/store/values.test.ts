import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fromValue, valueSize, valueText } from "../../../../../adapters/gcp/store/values";
import type { PredictionValue } from "../../../../../shared/ports";
import { all, event, rowBatch } from "../../../../support/records";
import { withDatabase } from "./open";

const back = (value: PredictionValue) => fromValue(JSON.parse(valueText(value)));

describe("values in Firestore", () => {
  it("are integers as far as JavaScript counts them exactly, and doubles beyond", () => {
    expect([1, -7, 0, Number.MAX_SAFE_INTEGER].map(valueText)).toEqual([
      '{"integerValue":"1"}',
      '{"integerValue":"-7"}',
      '{"integerValue":"0"}',
      '{"integerValue":"9007199254740991"}',
    ]);
    expect([0.5, 5e-324, 2 ** 53, 1e300, -0, Number.NaN].map(valueText)).toEqual([
      '{"doubleValue":0.5}',
      '{"doubleValue":5e-324}',
      '{"doubleValue":9007199254740992}',
      '{"doubleValue":1e+300}',
      '{"doubleValue":"-0"}',
      '{"doubleValue":"NaN"}',
    ]);
  });

  it("come back as they were, to the last bit", () => {
    const numbers = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(-0, 0, 5e-324, 2 ** 53, -(2 ** 63)));
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "\ud800", "a\udc00\u0000", "\u0000"));
    fc.assert(
      fc.property(fc.oneof(numbers, texts, fc.boolean(), fc.constant(null)), (value: PredictionValue) => {
        expect(Object.is(back(value), value)).toBe(true);
      }),
    );
  });

  it("are read whichever way the service writes a number", () => {
    expect(fromValue({ doubleValue: 3 })).toBe(3);
    expect(fromValue({ integerValue: "3" })).toBe(3);
    expect(Object.is(fromValue({ doubleValue: "-0" }), -0)).toBe(true);
    expect(fromValue({ doubleValue: "Infinity" })).toBe(Number.POSITIVE_INFINITY);
    expect(fromValue({ nullValue: null })).toBeNull();
  });

  it("have the sizes that the service counts", () => {
    expect([1, 0.5, true, null, "", "ä", "\ud800"].map(valueSize)).toEqual([8, 8, 1, 1, 1, 3, 2]);
  });

  it("and whole rows survive the database, whatever keys, ids, times and names of fields are", () =>
    withDatabase({}, async (store) => {
      const odd = { "a.b": 1, "`": 2, 'quote"': "\\", "Ω \u{1f600}": null, "": 0.1, " ": true };
      const { "": _, ...names } = odd;
      const rows = rowBatch(
        [event(1, { at: 0.5 }), event(2, { at: -8.64e15 }), event(3, { at: -0 }), event(4, { key: 'k"/\\ü#' })],
        { predictions: [names, {}, names, names], truths: [0.1, null, -1, 5e-324] },
      );

      expect(await store.write(rows)).toEqual({ duplicates: [], failures: [] });
      const found = await all(store.query({ limit: 9 }));

      expect(found.map(({ id }) => id)).toEqual(["e2", "e3", "e1", "e4"]);
      expect(found.map(({ truth }) => truth)).toEqual([null, -1, 0.1, 5e-324]);
      expect(found.map(({ prediction }) => prediction)).toEqual([{}, names, names, names]);
      expect(found[3]).toMatchObject({ key: 'k"/\\ü#', time: event(4).at });
    }));
});
