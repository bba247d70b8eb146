import { describe, expect, it } from "@jest/globals";
import { judge } from "../../support/bad-inputs";
import { NOT_JSON, STRANGE_JSON } from "../../support/json-corpus";
import { event, json } from "../../support/records";

/** An event with more text in its braces. */
const withMore = (number: number, more: string) => `${json(event(number)).slice(0, -1)},${more}}`;
const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

describe("bad inputs: JSON", () => {
  it("B05 what no parser may accept: dead-lettered as json, whatever the mistake", async () => {
    const inside = NOT_JSON.map((value) => `{"extra":${value}}`).filter((text) => !text.includes("{}}"));

    const { fates } = await judge([...NOT_JSON, ...inside]);

    const accepted = [...NOT_JSON, ...inside].filter((_, i) => fates[i] !== "json" && fates[i] !== "depth");
    expect(accepted).toEqual([]);
  });

  it("B05 what a parser may take or leave: one defined result, the same every time", async () => {
    const first = await judge(STRANGE_JSON);
    const second = await judge(STRANGE_JSON);

    expect(second.fates).toEqual(first.fates);
    expect(first.fates).not.toContain("stored");
  });

  it("B05 what every parser must accept is accepted, white space and escapes included", async () => {
    const inputs = [
      ` \t\r\n${json(event(1))}\n `,
      json(event(2)).replace('"id"', '"\\u0069d"'),
      withMore(3, '"x":[1e2,1E+2,-0,0.1e-7,"\\u0000\\/\\b\\f",[],{},null]'),
      withMore(4, '"":0,"\u007f":1,"\\u2028":2'),
      `\n${withMore(5, '"x":"\\uD834\\uDD1E"')}`,
    ];

    const { fates } = await judge(inputs);

    expect(fates).toEqual(["stored", "stored", "stored", "stored", "stored"]);
  });

  it("B06 nesting of any depth: dead-lettered before it is parsed, and the allowed depth is stored", async () => {
    const deep = [1e3, 1e4, 1e5, 1e6].flatMap((depth) => [
      nested("[", "]", depth),
      nested('{"a":', "}", depth),
      "[".repeat(depth),
      withMore(1, `"x":${nested("[", "]", depth)}`),
    ]);
    const started = performance.now();

    const { fates } = await judge(
      [...deep, withMore(2, `"x":${nested("[", "]", 31)}`), withMore(3, `"x":${nested("[", "]", 32)}`)],
      {
        maxEventBytes: 10_000_000,
      },
    );

    expect(fates).toEqual([...deep.map(() => "depth"), "stored", "depth"]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("B06 brackets inside text are not nesting", async () => {
    const { fates, rows } = await judge([json(event(1, { note: `\\"${"[{".repeat(500)}` }))]);

    expect(fates).toEqual(["stored"]);
    expect(rows.get("e1")?.prediction["note"]).toBe(`\\"${"[{".repeat(500)}`);
  });

  it("B07 a key that is there twice: the last one counts", async () => {
    const { fates, rows } = await judge([withMore(1, '"amount":7'), withMore(2, '"amount":"x"')]);

    expect(fates).toEqual(["stored", "schema"]);
    expect(rows.get("e1")?.prediction["amount"]).toBe(7);
  });

  it("B09 NaN and Infinity are not JSON", async () => {
    const literals = ["NaN", "Infinity", "-Infinity", "+1", "undefined", "0x10", ".5", "1.", "01", "1_000", "-NaN"];

    const { fates } = await judge(literals.flatMap((literal) => [literal, withMore(1, `"amount":${literal}`)]));

    expect(new Set(fates)).toEqual(new Set(["json"]));
  });

  it("B25 a hundred thousand keys, a million numbers: refused by size before anything is parsed", async () => {
    const keys = `{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join(",")}}`;
    const vector = `[${"1,".repeat(1_000_000)}1]`;
    const started = performance.now();

    const small = await judge([keys, vector]);
    const large = await judge([keys, vector, withMore(1, `"x":${vector}`)], { maxEventBytes: 10_000_000 });

    expect(small.fates).toEqual(["oversize", "oversize"]);
    expect(large.fates).toEqual(["schema", "schema", "stored"]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
