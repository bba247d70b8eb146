import { describe, expect, it } from "@jest/globals";
import { deadLetter, SluiceError } from "sluice";
import * as z from "zod";
import { judge, leaked } from "../../support/bad-inputs";
import { NAUGHTY } from "../../support/naughty";
import { event, json, letter, testPipeline } from "../../support/records";

const id = (value: string) => json(event(1, { id: value }));
const SECRET = "4111-1111-1111-1111";

/** Pipelines whose schema lets the event itself through, copies it, refuses what it does not know, and takes any key. */
const schemas = {
  checked: testPipeline.event,
  copied: z.object({ ...shape(), label: z.boolean().default(false) }),
  strict: z.strictObject(shape()),
  record: z.object({ ...shape(), tags: z.record(z.string(), z.number()).optional() }),
};

describe("bad inputs: keys, ids, logs and secrets", () => {
  it("B12 keys that mean something to JavaScript change no prototype and fill in no field", async () => {
    const { id: _, ...rest } = event(1);
    const inputs = [
      json(event(1)).replace("}", ',"__proto__":{"polluted":1}}'),
      json(event(2)).replace("}", ',"constructor":{"prototype":{"polluted":1}}}'),
      json(event(3)).replace("}", ',"toString":1,"hasOwnProperty":2,"valueOf":null}'),
      json(rest).replace("{", '{"__proto__":{"id":"e1"},'),
      '{"__proto__":null}',
    ];
    for (const name of ["checked", "copied"] as const) {
      const { fates } = await judge(inputs, { pipeline: { ...testPipeline, event: schemas[name] } });

      expect([name, ...fates]).toEqual([name, "stored", "stored", "stored", "schema", "schema"]);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    }
  });

  it("B13 ids are plain ASCII; keys are any clean text of up to 256 characters, and look-alikes stay apart", async () => {
    const ids = ["é", "e\u0301", "\u202ee1", "a\u200bb", "а1", "a\u0000", "\ud800"];
    const refused = ["", "a\u0000b", "a\nb", "\u007f", "\ud800", "x".repeat(257)].map((key) => json(event(2, { key })));
    const kept = ["é", "e\u0301", "\u{1f600}", "x".repeat(256), "а", "a"].map((key, i) => json(event(10 + i, { key })));

    const { fates, rows } = await judge([...ids.map(id), ...refused, ...kept]);

    expect(fates).toEqual([
      ...ids.map(() => "identity"),
      ...refused.map(() => "identity"),
      ...kept.map(() => "stored"),
    ]);
    expect(new Set([...rows.values()].map(({ key }) => key)).size).toBeGreaterThanOrEqual(kept.length);
    expect([...rows.values()].find((row) => row.id === "e11")?.key).toBe("e\u0301");
  });

  it("B14 ids that would be paths, wildcards or blanks are refused, and ids that differ in case are two", async () => {
    const refused = [
      "../../x",
      "/",
      "a/b",
      "#",
      "?",
      "\\",
      "",
      " ",
      " a",
      "a ",
      "x".repeat(129),
      "x".repeat(1_500),
      "a%2fb",
      "*",
    ];
    const kept = [".", "..", "__x__", "A", "a", "x".repeat(128), "a.b_c:d-e"];

    const { fates, rows } = await judge([...refused, ...kept].map(id));

    expect(fates).toEqual([...refused.map(() => "identity"), ...kept.map(() => "stored")]);
    for (const value of kept) expect(rows.get(value)?.id).toBe(value);
  });

  it("B15 nothing in an event can forge a line of a log", async () => {
    const forged = ['x\n{"level":"error","message":"forged"}', "\u001b[31mred", "a\u2028b", "a\r\nb", "\u202eabc"];
    const strict = { ...testPipeline, event: schemas.strict };
    const inputs = forged.flatMap((text) => [
      id(text),
      json({ ...event(1), [text]: 1 }),
      json({ ...event(1), amount: text }),
    ]);

    const judged = await judge(inputs, { pipeline: strict });

    expect(new Set(judged.fates)).toEqual(new Set(["identity", "schema"]));
    expect(leaked(judged, "forged")).toEqual([]);
  });

  it("B16 a hundred thousand mistakes in one event are five, and more, in its letter", async () => {
    const pipeline = { ...testPipeline, event: z.object({ ...shape(), list: z.array(z.number()).optional() }) };
    const list = Array.from({ length: 100_000 }, () => "x");
    const started = performance.now();

    const { letters } = await judge([json({ ...event(1), list })], { pipeline, maxEventBytes: 1_000_000 });

    expect(letters[0]?.message.split("; ")).toHaveLength(6);
    expect(letters[0]?.message).toMatch(/^list\.0: .*; and 99995 more$/);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("B16 an adapter's message of any length is a short clean line in the letter", () => {
    const { body, ...context } = letter(1);
    for (const text of ["\n".repeat(5_000), "x".repeat(1e6), "\u{1f600}".repeat(3_000), "\u0000\u001b".repeat(2_000)]) {
      const { message } = deadLetter(body, new SluiceError("internal", "store", text), context);

      expect(message.length).toBeLessThanOrEqual(2_000);
      expect(message.isWellFormed()).toBe(true);
      expect(message).not.toMatch(/\p{Cc}/u);
    }
  });

  it("B23 operators, statements and formulas are text like any other: stored as they came, and found by their key", async () => {
    const texts = ["'; DROP TABLE predictions;--", '{"$gt":""}', "=cmd|' /C calc'!A0", "1 OR 1=1", "%", "$" + "{7*7}"];

    const { fates, rows } = await judge(texts.map((text, i) => json(event(i, { key: text, note: text }))));

    expect(new Set(fates)).toEqual(new Set(["stored"]));
    for (const [i, text] of texts.entries())
      expect(rows.get(`e${i}`)).toMatchObject({ key: text, prediction: { note: text } });
  });

  it("B24 no letter's message and no telemetry holds what an event holds, whatever refused it", async () => {
    for (const name of ["checked", "strict", "record"] as const) {
      const inputs = [
        `{"card":"${SECRET}"`,
        json({ ...event(1), amount: SECRET }),
        json({ ...event(1), [SECRET]: 1, label: SECRET }),
        json({ ...event(1), tags: { [SECRET]: "x" }, count: 1.5 }),
        id(`${SECRET} `),
        json(event(1, { key: `${SECRET}\n` })),
        json(event(1, { amount: 1e39, note: SECRET })),
        `"${SECRET}"`,
      ];

      const judged = await judge(inputs, { pipeline: { ...testPipeline, event: schemas[name] } });

      expect([name, ...judged.fates]).not.toContain("stored");
      expect([name, ...leaked(judged, SECRET)]).toEqual([name]);
    }
  });

  it("B24 not even where the pipeline's own code throws with the event's text in its hand", async () => {
    const amount = (item: { note?: string | undefined; amount: number }) =>
      item.note === undefined ? item.amount : Number(BigInt(item.note));
    const pipeline = { ...testPipeline, features: { ...testPipeline.features, amount } };

    const judged = await judge([json(event(1, { note: SECRET }))], { pipeline });

    expect(judged.fates).toEqual(["features"]);
    expect(leaked(judged, SECRET)).toEqual([]);
  });

  it("B26 naughty strings are values like any other, to the last byte", async () => {
    const { fates, rows } = await judge(NAUGHTY.map((note, number) => json(event(number, { note }))));

    expect(new Set(fates)).toEqual(new Set(["stored"]));
    for (const [number, note] of NAUGHTY.entries()) expect(rows.get(`e${number}`)?.prediction["note"]).toBe(note);
  });

  it("B26 naughty strings are ids only where they are plain", async () => {
    const plain = NAUGHTY.map((value) => /^[A-Za-z0-9._:-]{1,128}$/.test(value));

    const { fates, rows } = await judge(NAUGHTY.map(id));

    expect(fates).toEqual(plain.map((isPlain) => (isPlain ? "stored" : "identity")));
    for (const [i, value] of NAUGHTY.entries()) expect(rows.has(value)).toBe(plain[i]);
  });
});

/** The fields of an event, to be put into other objects. */
function shape() {
  return {
    id: z.string(),
    key: z.string(),
    at: z.number(),
    amount: z.number(),
    count: z.number().int(),
    label: z.boolean().optional(),
    note: z.string().optional(),
  };
}
