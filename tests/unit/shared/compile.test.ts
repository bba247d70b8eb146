import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { badFeature, compilePipeline } from "../../../shared/compile";
import { ConfigError } from "../../../shared/errors";
import { definePipeline, type Features, type ModelOutputs, type Pipeline } from "../../../shared/pipeline";

type Loose = Record<string, unknown>;

/** A pipeline whose features and prediction are what a test is about. */
function pipeline(
  features: Features<Loose>,
  outputs: ModelOutputs = { score: { width: 1 } },
  prediction: Loose = { one: () => 1 },
): Pipeline {
  return definePipeline({
    name: "test",
    event: z.record(z.string(), z.unknown()),
    id: () => "a",
    key: () => "a",
    time: () => 0,
    features,
    model: { file: "x.onnx", outputs },
    prediction: prediction as Record<string, () => number>,
  });
}

const field = (name: string) => (event: Loose) => event[name] as number;

describe("compiled features", () => {
  it("writes one row at its place and leaves its neighbors alone", () => {
    const { writeFeatures } = compilePipeline(pipeline({ a: field("a"), b: field("b"), c: () => 7 }));
    const out = new Float32Array(9).fill(-1);

    const ok = writeFeatures({ a: 1.5, b: -2 }, out, 3);

    expect(ok).toBe(true);
    expect([...out]).toEqual([-1, -1, -1, 1.5, -2, 7, -1, -1, -1]);
  });

  it("keeps the order in which the features were written", () => {
    const { writeFeatures } = compilePipeline(pipeline({ z: () => 1, a: () => 2, m: () => 3 }));
    const out = new Float32Array(3);

    writeFeatures({}, out, 0);

    expect([...out]).toEqual([1, 2, 3]);
  });

  it.each([0, -0, 1, -1, 0.1, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, 1e-320])("takes %p", (value) => {
    const { writeFeatures } = compilePipeline(pipeline({ a: field("a") }));
    const out = new Float32Array(1);

    expect(writeFeatures({ a: value }, out, 0)).toBe(true);
    expect(out[0]).toBe(Math.fround(value));
  });

  it.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["a double that no 32-bit float holds", 1e39],
    ["undefined", undefined],
    ["text", "abc"],
    ["an object", {}],
    ["null", null],
    ["true", true],
    ["a number as text", "12"],
    ["an empty list", []],
    ["a bigint", 1n],
  ])("refuses %s at every position, and says which feature it was", (_, value) => {
    const names = ["a", "b", "c"];
    const subject = pipeline(Object.fromEntries(names.map((name) => [name, field(name)])));
    const { writeFeatures } = compilePipeline(subject);

    for (const name of names) {
      const event = { a: 1, b: 2, c: 3, [name]: value };

      expect(writeFeatures(event, new Float32Array(3), 0)).toBe(false);
      expect(badFeature(subject, event)).toEqual({ name, value });
    }
  });

  it("does not let two infinities cancel each other out", () => {
    const { writeFeatures } = compilePipeline(pipeline({ a: field("a"), b: field("b") }));

    expect(writeFeatures({ a: Number.POSITIVE_INFINITY, b: Number.NEGATIVE_INFINITY }, new Float32Array(2), 0)).toBe(
      false,
    );
  });

  it("lets an error of the feature's own code through", () => {
    const { writeFeatures } = compilePipeline(pipeline({ a: (event) => (event["missing"] as Loose)["x"] as number }));

    expect(() => writeFeatures({}, new Float32Array(1), 0)).toThrow(TypeError);
  });

  it("works with a great many features", () => {
    const names = Array.from({ length: 300 }, (_, i) => `f${i}`);
    const { writeFeatures } = compilePipeline(pipeline(Object.fromEntries(names.map((name, i) => [name, () => i]))));
    const out = new Float32Array(300);

    expect(writeFeatures({}, out, 0)).toBe(true);
    expect([...out]).toEqual(names.map((_, i) => i));
  });
});

describe("badFeature", () => {
  it("finds nothing in a row that is fine", () => {
    expect(badFeature(pipeline({ a: () => 1, b: () => 0 }), {})).toBeUndefined();
  });

  it("names the first one", () => {
    expect(badFeature(pipeline({ a: () => 1, b: () => Number.NaN, c: () => 1e39 }), {})?.name).toBe("b");
  });
});

describe("the compiled reader", () => {
  const outputs: ModelOutputs = { label: { width: 1, type: "string" }, probabilities: { width: 3 } };
  const answer = {
    label: { width: 1, data: ["no", "yes"] },
    probabilities: { width: 3, data: Float64Array.from([0.1, 0.2, 0.7, 0.4, 0.5, 0.1]) },
  };
  interface Reader {
    label(column?: number): string;
    probabilities(column?: number): number;
  }
  const read = (prediction: Record<string, (output: Reader, event: Loose) => unknown>) =>
    compilePipeline(pipeline({ a: () => 1 }, outputs, prediction)).reader(answer);

  it("reads each row's own values, column by column, in any order of rows", () => {
    const row = read({
      label: (output) => output.label(),
      first: (output) => output.probabilities(),
      last: (output) => output.probabilities(2),
      from: (_, event) => event["name"],
    });

    expect(row(1, { name: "b" })).toEqual({ label: "yes", first: 0.4, last: 0.1, from: "b" });
    expect(row(0, { name: "a" })).toEqual({ label: "no", first: 0.1, last: 0.7, from: "a" });
  });

  it("keeps the fields in the order in which they were written", () => {
    const row = read({ z: () => 1, a: () => 2, m: () => 3 });

    expect(Object.keys(row(0, {})!)).toEqual(["z", "a", "m"]);
  });

  it.each(["text", "", "🙂", 0, -1.5, true, false, null])("stores %p", (value) => {
    expect(read({ value: () => value })(0, {})).toEqual({ value });
  });

  it.each([
    undefined,
    "half a pair: \ud83d",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    {},
    [1],
    1n,
    Symbol("s"),
    () => 1,
  ])("gives no row for %p, at any position", (value) => {
    expect(read({ bad: () => value, ok: () => 1 })(0, {})).toBeUndefined();
    expect(read({ ok: () => 1, bad: () => value })(0, {})).toBeUndefined();
  });

  it.each([
    ["past the last", 3],
    ["before the first", -1],
    ["not a number", Number.NaN],
  ])("calls a column %s a mistake of the pipeline", (_, column) => {
    const row = read({ value: (output) => output.probabilities(column) });

    expect(() => row(0, {})).toThrow(
      new ConfigError(
        `output \`probabilities\` has 3 columns, and column ${column} was read.`,
        'pipeline "test", field `prediction`',
        "Columns start at 0; if the model really puts out more, raise `model.outputs.probabilities.width`.",
      ),
    );
  });

  it("speaks of one column in the singular", () => {
    const row = read({ value: (output) => output.label(1) });

    expect(() => row(0, {})).toThrow("output `label` has 1 column, and column 1 was read.");
    expect(() => row(0, {})).toThrow(ConfigError);
  });

  it("takes output names that are no identifiers", () => {
    const odd: ModelOutputs = { 'a"b\\c\n': { width: 1 }, "1st": { width: 1 }, constructor: { width: 1 } };
    const prediction = {
      quoted: (output: Record<string, () => number>) => output['a"b\\c\n']!(),
      digit: (output: Record<string, () => number>) => output["1st"]!(),
      builtin: (output: Record<string, () => number>) => output["constructor"]!(),
    };
    const data = (value: number) => ({ width: 1, data: [value] });

    const row = compilePipeline(pipeline({ a: () => 1 }, odd, prediction)).reader({
      'a"b\\c\n': data(1),
      "1st": data(2),
      constructor: data(3),
    });

    expect(row(0, {})).toEqual({ quoted: 1, digit: 2, builtin: 3 });
  });

  it("reads the answer it was last pointed at", () => {
    const { reader } = compilePipeline(
      pipeline({ a: () => 1 }, outputs, { p: (output: Reader) => output.probabilities() }),
    );
    const other = { ...answer, probabilities: { width: 3, data: [9, 9, 9, 8, 8, 8] } };

    const first = reader(answer)(0, {});
    const second = reader(other)(1, {});

    expect([first, second]).toEqual([{ p: 0.1 }, { p: 8 }]);
  });

  it("shares nothing between two pipelines", () => {
    const widths = { p: { width: 1 }, q: { width: 1 } };
    const sum = (output: { p(): number; q(): number }) => output.p() + output.q();
    const both = [1, 2].map(() => compilePipeline(pipeline({ a: () => 1 }, widths, { sum })));

    const rows = both.map(({ reader }, i) => reader({ p: { width: 1, data: [i] }, q: { width: 1, data: [i * 10] } }));

    expect(rows.map((row) => row(0, {}))).toEqual([{ sum: 0 }, { sum: 11 }]);
  });
});
