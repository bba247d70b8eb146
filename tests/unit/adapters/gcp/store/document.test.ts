import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { documentId } from "../../../../../adapters/gcp/store";
import { fieldWriter, MAX_DOCUMENT_BYTES } from "../../../../../adapters/gcp/store/document";
import { updateText } from "../../../../../adapters/gcp/store/plan";
import { documentBytes } from "../../../../../emulators/gcp/firestore/size";
import type { RowBatch } from "../../../../../shared/ports";
import { event, rowBatch } from "../../../../support/records";
import { documentName, withDatabase } from "./open";

const MOMENT = { storedAt: 1, expiresAt: 2 };

describe("the size of a document", () => {
  it("is what the service counts, and at most three times the length of its JSON", () => {
    const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.constant("\ud800"));
    const values = fc.oneof(texts, fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
    const predictions = fc.dictionary(
      fc.string({ unit: "grapheme", minLength: 1 }).filter((name) => !name.startsWith("__")),
      values,
    );
    fc.assert(
      fc.property(predictions, fc.string({ unit: "grapheme" }), (prediction, key) => {
        const rows = rowBatch([event(1, { key, label: true })], { predictions: [prediction] });
        const name = documentName(key, "e1");
        const writer = fieldWriter(rows, MOMENT);

        const text = updateText(name, writer.text(0, "key"));
        const bytes = writer.size(0, "key", name);

        expect(bytes).toBe(documentBytes(JSON.parse(text).update));
        expect(bytes).toBeLessThanOrEqual(text.length * 3);
      }),
    );
  });

  it.each(["x", "é", "\u{1f600}"])("may be up to the service's limit, to the byte: %s", (character) =>
    withDatabase({}, async (store) => {
      const overhead = sizeOf(rowBatch([event(1, { note: "" })]));
      const room = MAX_DOCUMENT_BYTES - overhead;
      const longest = character.repeat(Math.floor(room / Buffer.byteLength(character)));
      const padded = longest + "x".repeat(room % Buffer.byteLength(character));

      const fits = await store.write(rowBatch([event(1, { note: padded })]));
      const tooLong = await store.write(rowBatch([event(1, { note: `${padded}x` })]));

      expect(fits.failures).toEqual([]);
      expect(tooLong.failures).toMatchObject([{ index: 0, error: { code: "store-rejected" } }]);
    }),
  );
});

it("a document's id tells keys and ids apart, wherever one ends and the other begins", () => {
  const pairs = [
    ["a", "b:c"],
    ["a:b", "c"],
    ["ab", "c"],
    ["a", "bc"],
  ] as const;

  expect(new Set(pairs.map(([key, id]) => documentId(key, id))).size).toBe(pairs.length);
});

function sizeOf(rows: RowBatch): number {
  return fieldWriter(rows, { storedAt: 1, expiresAt: undefined }).size(0, "key", documentName("k1", "e1"));
}
