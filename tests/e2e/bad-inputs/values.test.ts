import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, definePipeline, type Infer, type ModelOutput } from "sluice";
import * as z from "zod";
import { judge } from "../../support/bad-inputs";
import { bench } from "../../support/engine";
import { memoryInfer, NAN_AMOUNT } from "../../support/memory";
import { delivery, event, json, testPipeline } from "../../support/records";

/** An event whose amount is written as given. */
const amount = (number: number, written: string) => json(event(number)).replace(/"amount":\d+/, `"amount":${written}`);
const count = (number: number, written: string) => json(event(number)).replace(/"count":\d+/, `"count":${written}`);

describe("bad inputs: numbers, times and coercion", () => {
  it("B08 numbers beyond a double are refused, those below it are zero, and integers must be exact", async () => {
    const { fates, rows } = await judge([
      amount(1, "1e999"),
      amount(2, "-1e999"),
      amount(3, "1e-999"),
      amount(4, "-0"),
      amount(5, "9007199254740993"),
      count(6, "9007199254740993"),
      count(7, "12345678901234567890123"),
      amount(8, "12345678901234567890123"),
      count(9, "1.5"),
    ]);

    expect(fates).toEqual(["schema", "schema", "stored", "stored", "stored", "schema", "schema", "stored", "schema"]);
    expect(rows.get("e3")?.prediction["amount"]).toBe(0);
    expect(Number(rows.get("e4")?.prediction["amount"]) === 0).toBe(true);
    expect(rows.get("e5")?.prediction["amount"]).toBe(9007199254740992);
  });

  it("B10 a feature that is infinite as a 32-bit float is refused; one that is rounded is stored as it was rounded", async () => {
    const { fates, letters, rows } = await judge([
      amount(1, "1e39"),
      amount(2, "-3.5e38"),
      amount(3, "3.4e38"),
      amount(4, "16777217"),
      amount(5, "1e-50"),
    ]);

    expect(fates).toEqual(["features", "features", "stored", "stored", "stored"]);
    expect(letters[0]?.message).toBe("Feature `amount` is not finite as a 32-bit float.");
    expect(rows.get("e4")?.features[0]).toBe(16777216);
    expect(rows.get("e5")?.features[0]).toBe(0);
    expect(rows.get("e5")?.prediction["amount"]).toBe(1e-50);
  });

  it("B11 a model that answers NaN for a row: the row is dead-lettered, its neighbors are stored", async () => {
    const { fates } = await judge([json(event(1)), json(event(2, { amount: NAN_AMOUNT })), json(event(3))]);

    expect(fates).toEqual(["stored", "model-output", "stored"]);
  });

  it("B11 a model that answers with the wrong shape for some row: that row is dead-lettered, not its batch", async () => {
    const wrong: readonly ((output: ModelOutput) => ModelOutput)[] = [
      () => ({}),
      () => ({ score: { width: 1, data: [] } }),
      ({ score }) => ({ score: { width: 2, data: [...(score!.data as Float32Array), 0] } }),
      () => ({ score: { width: 1, data: [Number.POSITIVE_INFINITY] } }),
    ];
    for (const change of wrong) {
      const infer: Infer["infer"] = async (features, options) => {
        const output = await memoryInfer().infer(features, options);
        const poisoned = Array.from(
          { length: features.rows },
          (_, row) => features.data[row * features.width],
        ).includes(2);
        return poisoned ? change(output) : output;
      };

      const { fates } = await judge(
        [1, 2, 3].map((number) => json(event(number))),
        { infer: { ...memoryInfer(), infer } },
      );

      expect(fates).toEqual(["stored", "model-output", "stored"]);
    }
  });

  it("B11 a number that is no probability is the model's own business: stored", async () => {
    const infer: Infer["infer"] = async ({ rows }) => ({ score: { width: 1, data: new Float32Array(rows).fill(-3) } });

    const { fates, rows } = await judge([json(event(1))], { infer: { ...memoryInfer(), infer } });

    expect(fates).toEqual(["stored"]);
    expect(rows.get("e1")?.prediction["score"]).toBe(-3);
  });

  it("B19 long text meets no regular expression that could take for ever", async () => {
    const long = `${"a".repeat(60_000)}!`;
    const started = performance.now();

    const headers = [`"count":${"1".repeat(60_000)}`, `"count":1,"publishedAt":${"1".repeat(60_000)}}`];
    for (const header of headers) expect(decodeEnvelope(`{"sluice":1,${header}`)).toBeUndefined();
    await judge([
      json(event(1, { id: long })),
      json(event(2, { key: long })),
      json(event(3, { note: long })),
      " ".repeat(60_000),
      `"${"\\".repeat(60_000)}`,
    ]);

    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("B20 dates that do not exist are refused, not rolled over, where the schema asks for dates", async () => {
    const pipeline = definePipeline({
      name: "dated",
      event: z.object({
        id: z.string(),
        at: z.union([z.iso.datetime({ offset: true }), z.number()]),
        amount: z.number(),
      }),
      id: (item) => item.id,
      key: (item) => item.id,
      time: (item) => (typeof item.at === "number" ? item.at : Date.parse(item.at)),
      features: { amount: (item) => item.amount },
      model: { file: "none.onnx", outputs: { score: { width: 1 } } },
      prediction: { score: (output) => output.score() },
    });
    const times = ["2026-02-28T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-12-31T23:59:60Z"];
    const more = ["+275761-01-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01", "2026-01-01T00:00:00+01:00"];

    const { fates, rows } = await judge(
      [...times, ...more].map((at, i) => json({ ...event(i), at })),
      { pipeline },
    );

    expect(fates).toEqual(["stored", "schema", "schema", "schema", "schema", "schema", "schema", "stored"]);
    expect(rows.get("e7")?.time).toBe(Date.UTC(2025, 11, 31, 23));
  });

  it("B20 times are milliseconds: other units are times of their own, and what no date holds is refused", async () => {
    const times = [1_767_225_600, 1_767_225_600_000_000, -1, 0.5, 8.64e15, 8.64e15 + 2, -8.64e15 - 2];

    const { fates, rows } = await judge(times.map((at, number) => json(event(number, { at }))));

    expect(fates).toEqual(["stored", "stored", "stored", "stored", "stored", "identity", "identity"]);
    for (const [number, at] of times.slice(0, 5).entries()) expect(rows.get(`e${number}`)?.time).toBe(at);
  });

  it("B20 a time that is not a number is refused", async () => {
    const { engine, state } = bench();
    const pipeline = { ...testPipeline, time: () => Date.parse("not a date") };

    await engine({ pipeline }).processBatch(delivery([event(1)]));

    expect([...state.letters.values()]).toMatchObject([{ code: "identity", eventId: "e1" }]);
  });

  it("B21 what only looks like a number or a boolean is refused: nothing is coerced", async () => {
    const strange = ['""', "null", "[5]", '"false"', '"0x10"', "true", '"5"', "{}", "[]"];

    const { fates } = await judge([
      ...strange.map((written, i) => amount(i, written)),
      ...strange.map((written, i) => count(i, written)),
      ...['"true"', "0", "1", "null"].map((written) => json(event(9)).replace("}", `,"label":${written}}`)),
    ]);

    expect(new Set(fates)).toEqual(new Set(["schema"]));
  });
});
