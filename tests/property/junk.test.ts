import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { encodeEnvelope } from "sluice";
import { bench } from "../support/engine";
import { delivery, event, json } from "../support/records";

const bytes = fc.uint8Array({ maxLength: 200 });
const text = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.lorem());
/** An event with one of its fields replaced, or more of them. */
const almost = fc
  .tuple(fc.nat(), fc.constantFrom("id", "key", "at", "amount", "count", "label", "__proto__", "more"), fc.jsonValue())
  .map(([number, field, value]) => json(event(number)).replace(/}$/, `,${json(field)}:${json(value)}}`));
const body = fc.oneof(bytes, text, almost);
const packed = fc.tuple(fc.array(body), fc.boolean()).map(([bodies, whole]) => {
  const encoded = encodeEnvelope(bodies, 1);
  return whole ? encoded : encoded.slice(0, Math.ceil(encoded.length / 2));
});

describe("whatever a stream holds", () => {
  it("every message is done with at once: each of its events is a row or a letter with its bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(body, packed), { maxLength: 20 }), async (messages) => {
        const { engine, state } = bench();

        const outcome = await engine().processBatch(delivery([json(event(-1)), ...messages, json(event(-2))]));

        const { received, stored, duplicates, deadLettered } = outcome;
        expect(new Set(outcome.messages)).toEqual(new Set(["done"]));
        expect(stored + duplicates + deadLettered).toBe(received);
        expect(state.predictions.size).toBe(stored);
        expect(state.letters.size).toBe(deadLettered);
        expect(state.predictions.has("e-1") && state.predictions.has("e-2")).toBe(true);
        for (const { message } of state.letters.values()) expect(message).toMatch(/^[^\p{Cc}]{1,2000}$/u);
      }),
      { numRuns: 500 },
    );
  });
});
