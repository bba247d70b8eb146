import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { ConfigError } from "../../../shared/errors";
import { definePipeline } from "../../../shared/pipeline";

const good = {
  name: "card-fraud",
  event: z.object({ id: z.string(), amount: z.number() }),
  id: (event: { id: string }) => event.id,
  key: (event: { id: string }) => event.id,
  time: () => 0,
  features: { amount: (event: { amount: number }) => event.amount },
  model: { file: "model.onnx", outputs: { score: { width: 1 } } },
  prediction: { score: () => 0.5, suspicious: () => true },
};
const truth = () => true;
const when = () => true;

describe("definePipeline", () => {
  it("fills in what was left out", () => {
    const pipeline = definePipeline(good);

    expect(pipeline).toMatchObject({
      name: "card-fraud",
      version: "1",
      featureNames: ["amount"],
      predictionNames: ["score", "suspicious"],
      model: { file: "model.onnx", outputs: { score: { width: 1 } } },
      actions: [],
      limits: { maxEventBytes: 65_536, maxDepth: 32 },
    });
    expect(pipeline.model.input).toBeUndefined();
    expect(pipeline.quality).toBeUndefined();
    expect(Object.isFrozen(pipeline)).toBe(true);
  });

  it("keeps everything that was given", () => {
    const quality = { truth, predicted: "suspicious", score: "score" } as const;
    const actions = [
      { name: "alert", when },
      { name: "block-card", when },
    ];

    const pipeline = definePipeline({
      ...good,
      version: "2026-01",
      model: { ...good.model, input: "X" },
      quality,
      actions,
      limits: { maxDepth: 8 },
    });

    expect(pipeline).toMatchObject({
      version: "2026-01",
      model: { input: "X" },
      limits: { maxEventBytes: 65_536, maxDepth: 8 },
    });
    expect(pipeline.quality).toBe(quality);
    expect(pipeline.actions).toBe(actions);
    expect(pipeline.event).toBe(good.event);
    expect([pipeline.id, pipeline.key, pipeline.time]).toEqual([good.id, good.key, good.time]);
    expect([pipeline.features, pipeline.prediction]).toEqual([good.features, good.prediction]);
  });

  it("refuses a definition that is wrong", () => {
    expect(() => definePipeline({ ...good, name: "Card Fraud" })).toThrow(ConfigError);
  });
});

/** True only if both types are the same; a wrong one does not compile. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(verdict: Same<A, B>): Same<A, B> => verdict;

const schema = z.object({
  id: z.string(),
  at: z.number(),
  label: z.boolean().optional(),
  note: z.string().default(""),
});
type TypedEvent = z.output<typeof schema>;
const common = {
  name: "typed",
  event: schema,
  id: (event: TypedEvent) => event.id,
  key: (event: TypedEvent) => event.id,
  time: (event: TypedEvent) => event.at,
};
const features = { at: (event: TypedEvent) => event.at };
const outputs = { label: { width: 1, type: "string" }, probabilities: { width: 2 } } as const;
const model = { file: "x.onnx", outputs };

/** These are checked by `tsc`: each `@ts-expect-error` fails the type check if the line below it is accepted. */
describe("the types of a pipeline", () => {
  it("flow from the schema through the model's outputs to the stored row", () => {
    const pipeline = definePipeline({
      ...common,
      features,
      model,
      prediction: {
        label: (output) => output.label(),
        score: (output) => output.probabilities(1),
        risky: (output) => output.probabilities(1) > 0.5,
        note: (_, event) => event.note,
        hint: (_, event) => (event.label ? "yes" : null),
      },
      quality: { truth: (event) => event.label, predicted: "risky", score: "score" },
      actions: [{ name: "alert", when: (row, event) => row.score > 0.9 && row.risky && event.note !== "" }],
    });

    type Types = NonNullable<(typeof pipeline)["types"]>;
    interface Row {
      readonly label: string;
      readonly score: number;
      readonly risky: boolean;
      readonly note: string;
      readonly hint: "yes" | null;
    }
    expect(same<{ [Name in keyof Types["Row"]]: Types["Row"][Name] }, { [Name in keyof Row]: Row[Name] }>(true)).toBe(
      true,
    );
    expect(same<Types["Event"], { id: string; at: number; label?: boolean | undefined; note: string }>(true)).toBe(
      true,
    );
    expect(pipeline.types).toBeUndefined();
  });

  it("refuse what would fail at run time", () => {
    const prediction = { score: () => 0.5 };
    const never = () => {
      definePipeline({
        ...common,
        // @ts-expect-error a feature is a number
        features: { label: (event) => event.id },
        model,
        prediction,
      });
      // @ts-expect-error the schema has no such field
      definePipeline({ ...common, features: { x: (event: { missing: number }) => event.missing }, model, prediction });
      // @ts-expect-error the id is text
      definePipeline({ ...common, id: (event: { at: number }) => event.at, features, model, prediction });
      // @ts-expect-error the model has no such output
      definePipeline({ ...common, features, model, prediction: { p: (output) => output.missing() } });
      // @ts-expect-error this output is text
      definePipeline({ ...common, features, model, prediction: { p: (output) => output.label() * 2 } });
      // @ts-expect-error an object cannot be stored
      definePipeline({ ...common, features, model, prediction: { p: () => ({ a: 1 }) } });
      // @ts-expect-error nor can undefined
      definePipeline({ ...common, features, model, prediction: { p: (_, event) => event.label } });
      // @ts-expect-error there is no such prediction field
      definePipeline({ ...common, features, model, prediction, quality: { truth: () => true, predicted: "p" } });
      // @ts-expect-error a rule reads only what is stored
      definePipeline({ ...common, features, model, prediction, actions: [{ name: "a", when: (row) => row.p > 1 }] });
      // @ts-expect-error there is no such limit
      definePipeline({ ...common, features, model, prediction, limits: { maxBytes: 1 } });
      // @ts-expect-error the model is needed
      definePipeline({ ...common, features, prediction });
    };

    expect(never).toThrow();
  });
});
