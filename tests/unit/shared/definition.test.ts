import { describe, expect, it } from "@jest/globals";
import { checkDefinition } from "../../../shared/definition";
import { GOOD as good, mistake, mistakeOf } from "../../support/definition";

const truth = () => true;
const when = () => true;

describe("checkDefinition", () => {
  it.each([
    ["version", { version: "" }, '"" is not a version.', "Use a short text, as in `2`."],
    ["version", { version: 2 }, "2 is not a version.", "Use a short text, as in `2`."],
    ["version", { version: "x".repeat(41) }, "is not a version.", "Use a short text, as in `2`."],
    [
      "event",
      { event: undefined },
      "there is no zod schema.",
      'Write `event: z.object({ ... })`, with `import * as z from "zod"`.',
    ],
    ["event", { event: { id: "string" } }, "there is no zod schema.", "z.object"],
    [
      "evnet",
      { evnet: good.event },
      "there is no such field.",
      "The fields are name, version, event, id, key, time, features, model, prediction, quality, actions, limits.",
    ],
    ["event", { event: null }, "there is no zod schema.", "z.object"],
    ["id", { id: undefined }, "nothing is not a function.", "Write `id: (event) => event.id`."],
    ["key", { key: "customer" }, '"customer" is not a function.', "Write `key: (event) => event.key`."],
    ["time", { time: 5 }, "5 is not a function.", "Write `time: (event) => event.time`."],
    ["features", { features: undefined }, "it is empty.", "Write `features: { amount: (event) => event.amount }`."],
    ["features", { features: {} }, "it is empty.", "Write `features:"],
    ["features", { features: null }, "it is empty.", "Write `features:"],
    [
      "features.2nd",
      { features: { "2nd": truth } },
      "the name cannot be a column.",
      "Use letters, digits and underscores, starting with a letter.",
    ],
    ["features.a b", { features: { ok: truth, "a b": truth } }, "the name cannot be a column.", "Use letters"],
    ["features.ab-", { features: { "ab-": truth } }, "the name cannot be a column.", "Use letters"],
    [
      `features.${"x".repeat(64)}`,
      { features: { ["x".repeat(64)]: truth } },
      "the name cannot be a column.",
      "Use letters",
    ],
    ["features.0", { features: [truth] }, "the name cannot be a column.", "Use letters"],
    [
      "features.amount",
      { features: { amount: 5 } },
      "5 is not a function.",
      "Write `amount: (event) => event.amount`.",
    ],
    [
      "prediction",
      { prediction: {} },
      "it is empty.",
      "Write `prediction: { amount: (output) => output.probabilities(1) }`.",
    ],
    [
      "prediction.score",
      { prediction: { score: "x" } },
      '"x" is not a function.',
      "Write `score: (output) => output.probabilities(1)`.",
    ],
    [
      "model",
      { model: undefined },
      "it is missing.",
      'Write `model: { file: "model.onnx", outputs: { probabilities: { width: 2 } } }`.',
    ],
    ["model", { model: "model.onnx" }, "it is missing.", "Write `model:"],
    [
      "model.file",
      { model: { ...good.model, file: "" } },
      '"" is not a file.',
      "Name the ONNX file, relative to the pipeline file.",
    ],
    ["model.file", { model: { ...good.model, file: undefined } }, "nothing is not a file.", "Name the ONNX file"],
    [
      "model.input",
      { model: { ...good.model, input: "" } },
      '"" is not a name.',
      "Name the model's input, or leave it out.",
    ],
    ["model.input", { model: { ...good.model, input: 7 } }, "7 is not a name.", "Name the model's input"],
    [
      "model.outputs.score.type",
      { model: { file: "x", outputs: { score: { width: 1, type: "float" } } } },
      '"float" is not a type.',
      'Use "number" or "string".',
    ],
    ["model.outputs", { model: { file: "x", outputs: [] } }, "no output is declared.", "Name the outputs"],
    [
      "model.outputs",
      { model: { file: "x" } },
      "no output is declared.",
      "Name the outputs you read, as in `outputs: { probabilities: { width: 2 } }`.",
    ],
    ["model.outputs", { model: { file: "x", outputs: {} } }, "no output is declared.", "Name the outputs"],
    [
      "model.outputs.score",
      { model: { file: "x", outputs: { score: 2 } } },
      "2 has no width.",
      "Say how many values one row has, as in `{ width: 2 }`.",
    ],
    ["model.outputs.score", { model: { file: "x", outputs: { score: null } } }, "null has no width.", "Say how many"],
    [
      "model.outputs.b",
      { model: { file: "x", outputs: { a: { width: 1 }, b: { width: 0 } } } },
      "an object has no width.",
      "Say how many",
    ],
    ["model.outputs.b", { model: { file: "x", outputs: { b: { width: 1.5 } } } }, "has no width.", "Say how many"],
    [
      "quality",
      { quality: true },
      "true is not a rule.",
      'Write `quality: { truth: (event) => event.label, predicted: "flagged" }`.',
    ],
    ["quality", { quality: null }, "null is not a rule.", "Write `quality:"],
    [
      "quality.truth",
      { quality: { predicted: "score" } },
      "it is not a function.",
      "Write `truth: (event) => event.label`.",
    ],
    ["quality.predicted", { quality: { truth } }, "nothing is no prediction field.", "Name one of score, suspicious."],
    [
      "quality.predicted",
      { quality: { truth, predicted: ["score"] } },
      "a list is no prediction field.",
      "Name one of score, suspicious.",
    ],
    [
      "quality.predicted",
      { quality: { truth, predicted: "toString" } },
      '"toString" is no prediction field.',
      "Name one of score, suspicious.",
    ],
    [
      "quality.score",
      { quality: { truth, predicted: "score", score: "p" } },
      '"p" is no prediction field.',
      "Name one of score, suspicious.",
    ],
    ["actions", { actions: { name: "alert", when } }, "it is not a list.", "Write `actions: [{ name, when }]`."],
    [
      "actions[0].name",
      { actions: [{ when }] },
      "nothing is not a name.",
      "Use 2 to 40 lower-case letters, digits and dashes.",
    ],
    ["actions[0].name", { actions: [null] }, "nothing is not a name.", "Use 2 to 40"],
    [
      "actions[1].name",
      {
        actions: [
          { name: "ok", when },
          { name: "Not Ok", when },
        ],
      },
      '"Not Ok" is not a name.',
      "Use 2 to 40",
    ],
    [
      "actions[1].name",
      {
        actions: [
          { name: "alert", when },
          { name: "alert", when },
        ],
      },
      '"alert" is there twice.',
      "Give each action its own name.",
    ],
    [
      "actions[0].when",
      { actions: [{ name: "alert" }] },
      "it is not a function.",
      "Write `when: (prediction, event) => prediction.score > 0.9`.",
    ],
    ["limits", { limits: 5 }, "5 is not an object.", "Write `limits: { maxEventBytes: 65536 }`."],
    [
      "limits.maxBytes",
      { limits: { maxBytes: 5 } },
      "there is no such limit.",
      "The limits are maxEventBytes and maxDepth.",
    ],
    [
      "limits.maxEventBytes",
      { limits: { maxEventBytes: 0 } },
      "0 is not a whole number above 0.",
      "The default is 65536.",
    ],
    ["limits.maxDepth", { limits: { maxDepth: 1.5 } }, "1.5 is not a whole number above 0.", "The default is 32."],
    ["limits.maxDepth", { limits: { maxDepth: "8" } }, '"8" is not a whole number above 0.', "The default is 32."],
  ])("names the field %s where it is wrong, and says what to write: %j", (field, overrides, what, fix) => {
    const error = mistake(overrides);

    expect(error.where).toBe(`pipeline "card-fraud", field \`${field}\``);
    expect(error.what).toContain(what);
    expect(error.fix).toContain(fix);
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ['"pipeline.ts"', "pipeline.ts"],
  ])("calls %s no definition", (shown, definition) => {
    const { what, where, fix } = mistakeOf(definition);

    expect([what, where, fix]).toEqual([
      `${shown} is not a definition.`,
      "definePipeline",
      "Give it an object with the pipeline's fields.",
    ]);
  });

  it("accepts what may be left out, and everything that may be given", () => {
    const quality = { truth, predicted: "suspicious", score: "score" };
    const outputs = { a: { width: 1, type: "number" }, b: { width: 2, type: "string" } };
    const actions = [
      { name: "alert", when },
      { name: "block-card", when },
    ];
    const whole = { ...good, version: "x".repeat(40), quality, actions, model: { ...good.model, input: "X", outputs } };

    for (const definition of [
      good,
      whole,
      { ...whole, actions: [], quality: { truth, predicted: "score" }, limits: {} },
    ])
      expect(() => checkDefinition(definition)).not.toThrow();
  });

  it("says what stands where something else belongs", () => {
    expect(mistake({ id: [1] }).what).toBe("a list is not a function.");
    expect(mistake({ id: { a: 1 } }).what).toBe("an object is not a function.");
    expect(mistake({ id: Object.create(null) }).what).toBe("an object is not a function.");
    expect(mistake({ model: undefined }).what).toBe("it is missing.");
  });
});
