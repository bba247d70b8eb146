import { describe, expect, it } from "@jest/globals";
import { ConfigError, SluiceError } from "../../../../../shared/errors";
import type { FeatureMatrix, ModelOutput } from "../../../../../shared/matrix";
import type { Pipeline } from "../../../../../shared/pipeline";
import { raise } from "../../../../support/promises";
import { events, testPipeline } from "../../../../support/records";
import { amounts, codes, echo, model, nanFor, notRetryable, scorer } from "../../../../support/stages";
import { chunkOf } from "../../../../support/unit";

describe("an answer of the wrong shape", () => {
  const answers: readonly [string, (features: FeatureMatrix) => ModelOutput, string][] = [
    ["without a declared output", () => ({}), "Output `score` is missing; expected 1 x 1."],
    [
      "of another width",
      ({ rows }) => ({ score: { width: 2, data: new Float32Array(rows * 2) } }),
      "Output `score` is 2 values of width 2; expected 1 x 1.",
    ],
    [
      "with a row too few",
      ({ rows }) => ({ score: { width: 1, data: new Float32Array(rows - 1) } }),
      "Output `score` is 0 values of width 1; expected 1 x 1.",
    ],
    [
      "with a row too many",
      ({ rows }) => ({ score: { width: 1, data: new Float32Array(rows + 1) } }),
      "Output `score` is 2 values of width 1; expected 1 x 1.",
    ],
  ];

  it.each(answers)("%s is refused for each row, never read", async (_, answer, message) => {
    const { call } = model(answer);

    const { predictions, refused } = await scorer().score(chunkOf(events(2)), call, notRetryable);

    expect([...refused.values()].map(({ code, stage, message }) => [code, stage, message])).toEqual([
      ["model-output", "infer", message],
      ["model-output", "infer", message],
    ]);
    expect(predictions.filter(Boolean)).toEqual([]);
  });

  it.each(answers)("%s in the second call refuses its row alone", async (_, answer) => {
    const { call } = model((features) =>
      features.rows === 1 && amounts(features)[0] === 1 ? answer(features) : nanFor([1])(features),
    );

    const { predictions, refused } = await scorer().score(chunkOf(events(3)), call, notRetryable);

    expect(codes(refused)).toEqual([[1, "model-output"]]);
    expect([predictions[0], predictions[2]]).toMatchObject([{ score: 0 }, { score: 2 }]);
  });

  it("may hold outputs that nobody declared", async () => {
    const { call } = model((features) => ({ ...echo(features), more: { width: 9, data: [] } }));

    const { refused } = await scorer().score(chunkOf(events(2)), call, notRetryable);

    expect(refused.size).toBe(0);
  });
});

describe("an output that is not finite", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "of %p is tried once more, those rows by themselves",
    async (nan) => {
      const { calls, call } = model((features, n) => (n === 0 ? nanFor([1, 3], nan)(features) : echo(features)));

      const { predictions, refused } = await scorer().score(chunkOf(events(5)), call, notRetryable);

      expect(calls).toEqual([
        [0, 1, 2, 3, 4],
        [1, 3],
      ]);
      expect(refused.size).toBe(0);
      expect(predictions.map((row) => row["score"])).toEqual([0, 1, 2, 3, 4]);
      expect(predictions.map((row) => row["amount"])).toEqual([0, 1, 2, 3, 4]);
    },
  );

  it("twice is refused, and its neighbors are not asked again", async () => {
    const { calls, call } = model(nanFor([0, 4]));

    const { predictions, refused } = await scorer().score(chunkOf(events(5)), call, notRetryable);

    expect(calls).toEqual([
      [0, 1, 2, 3, 4],
      [0, 4],
    ]);
    expect([...refused].map(([row, { code, stage, message }]) => [row, code, stage, message])).toEqual([
      [0, "model-output", "infer", "The model's output is not a finite number."],
      [4, "model-output", "infer", "The model's output is not a finite number."],
    ]);
    expect(predictions.slice(1, 4)).toMatchObject([{ score: 1 }, { score: 2 }, { score: 3 }]);
  });

  it("is found in every column of every output, and nowhere else", async () => {
    const outputs = { label: { width: 1, type: "string" }, first: { width: 3 }, second: { width: 2 } } as const;
    const prediction = { one: () => 1 };
    const pipeline = {
      ...testPipeline,
      model: { ...testPipeline.model, outputs },
      prediction,
      predictionNames: ["one"],
    };
    const answer = (rows: number, name: string, at: number): ModelOutput => {
      const output = {
        label: { width: 1, data: new Array<string>(rows).fill("text") },
        first: { width: 3, data: new Float32Array(rows * 3) },
        second: { width: 2, data: new Float64Array(rows * 2) },
      };
      (output as unknown as Record<string, { data: Float32Array }>)[name]!.data[at] = Number.NaN;
      return output;
    };

    for (const [name, width] of [
      ["first", 3],
      ["second", 2],
    ] as const)
      for (let at = 0; at < 2 * width; at++) {
        const { call } = model(({ rows }) => answer(rows, name, rows === 2 ? at : 0));

        const { refused } = await scorer(pipeline).score(chunkOf(events(2)), call, notRetryable);

        expect(codes(refused)).toEqual([[Math.floor(at / width), "model-output"]]);
      }
  });

  it("tried once more during an outage leaves the whole chunk to come again", async () => {
    const outage = new SluiceError("throttled", "infer", "x");
    const { call } = model((features, n) => (n === 0 ? nanFor([1])(features) : raise(outage)));

    await expect(scorer().score(chunkOf(events(3)), call, notRetryable)).rejects.toBe(outage);
  });
});

describe("prediction code", () => {
  const withCode = (score: (event: { amount: number }) => unknown) =>
    ({
      ...testPipeline,
      prediction: { score: (_: unknown, of: { amount: number }) => score(of) },
      predictionNames: ["score"],
    }) as unknown as Pipeline;

  it("that throws costs its own row alone", async () => {
    const pipeline = withCode(({ amount }) => (amount === 1 ? raise(new TypeError("x is not a function")) : amount));
    const { calls, call } = model(echo);

    const { predictions, refused } = await scorer(pipeline).score(chunkOf(events(3)), call, notRetryable);

    expect(refused.get(1)).toMatchObject({
      code: "prediction",
      stage: "infer",
      message: "The pipeline's own code threw TypeError: x is not a function",
      cause: expect.any(TypeError),
    });
    expect([predictions[0], predictions[2]]).toEqual([{ score: 0 }, { score: 2 }]);
    expect(calls).toHaveLength(1);
  });

  it("that throws something without a text costs its own row alone", async () => {
    const pipeline = withCode(({ amount }) => (amount === 1 ? raise(Object.create(null)) : amount));

    const { refused } = await scorer(pipeline).score(chunkOf(events(3)), model(echo).call, notRetryable);

    expect(codes(refused)).toEqual([[1, "prediction"]]);
  });

  it.each([undefined, Number.NaN, {}])("that gives %p costs its own row alone", async (value) => {
    const pipeline = withCode(({ amount }) => (amount === 1 ? value : amount));

    const { refused } = await scorer(pipeline).score(chunkOf(events(3)), model(echo).call, notRetryable);

    expect([...refused].map(([row, { code, stage, message }]) => [row, code, stage, message])).toEqual([
      [1, "prediction", "infer", "A prediction field is not a finite number, text, boolean or null."],
    ]);
  });

  it("that reads a column which is not there is a mistake of the set-up", async () => {
    const mistake = new ConfigError("a", "b", "c");

    const scored = scorer(withCode(() => raise(mistake))).score(chunkOf(events(2)), model(echo).call, notRetryable);

    await expect(scored).rejects.toBe(mistake);
  });

  it("gets the event of its own row also in the second call", async () => {
    const pipeline = withCode(({ amount }) => amount * 10);
    const { call } = model((features, n) => (n === 0 ? nanFor([1, 2])(features) : echo(features)));

    const { predictions } = await scorer(pipeline).score(chunkOf(events(4)), call, notRetryable);

    expect(predictions.map((row) => row["score"])).toEqual([0, 10, 20, 30]);
  });
});
