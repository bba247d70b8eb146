import * as z from "zod";
import { ConfigError } from "./errors";
import { DEFAULT_LIMITS, type Limits } from "./guards";
import type { PredictionValue } from "./ports";

/** What the model puts out: per name, how many values a row has and whether they are numbers (default) or strings. */
export type ModelOutputs = Readonly<Record<string, { width: number; type?: "number" | "string" }>>;

/** Reads one row of the model's outputs: `output.probabilities(1)` is its second column. Columns start at 0, the default. */
export type OutputReader<Outputs extends ModelOutputs> = {
  readonly [Name in keyof Outputs]: (column?: number) => Outputs[Name]["type"] extends "string" ? string : number;
};

/** Functions from one event to one finite number; their order is the order of the model's input columns. */
export type Features<Event> = Readonly<Record<string, (event: Event) => number>>;

/** Functions from the model's answer (and the event) to one stored value. */
export type PredictionFields<Event, Outputs extends ModelOutputs> = Readonly<
  Record<string, (output: OutputReader<Outputs>, event: Event) => PredictionValue>
>;

/** The stored row that the prediction fields make. */
export type RowOf<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends (...args: never[]) => infer Value
    ? Value extends PredictionValue
      ? Value extends boolean
        ? boolean
        : Value
      : never
    : never;
};

export interface ActionRule<Event, Row> {
  name: string;
  /** Whether this prediction calls for the action. */
  when: (prediction: Row, event: Event) => boolean;
}

export interface QualityRule<Event, Row> {
  /** The true answer where the event carries it; undefined where it does not. */
  truth: (event: Event) => number | boolean | undefined;
  /** The prediction field to compare with the truth. */
  predicted: keyof Row & string;
  /** The prediction field that ranks, for ROC AUC and the score distribution. */
  score?: keyof Row & string;
}

export interface PipelineDefinition<
  Schema extends z.ZodType,
  Feats extends Features<z.output<Schema>>,
  Outputs extends ModelOutputs,
  Fields extends PredictionFields<z.output<Schema>, Outputs>,
> {
  /** Lower-case letters, digits and dashes; names streams, tables and functions. */
  name: string;
  /** Of the pipeline's own logic; stored with every row. */
  version?: string;
  /** The shape of an event. Anything else is dead-lettered with the reason. */
  event: Schema;
  /** The event's identity: the same id is stored once. `[A-Za-z0-9._:-]`, at most 128. */
  id: (event: z.output<Schema>) => string;
  /** Events of one key stay in order and share a partition. At most 256 characters. */
  key: (event: z.output<Schema>) => string;
  /** When it happened, milliseconds since 1970. */
  time: (event: z.output<Schema>) => number;
  features: Feats;
  model: {
    /** ONNX file, relative to the pipeline file. */
    file: string;
    /** Name of the model's input; needed only to check that it is the one meant. */
    input?: string;
    outputs: Outputs;
  };
  prediction: Fields;
  quality?: QualityRule<z.output<Schema>, RowOf<Fields>>;
  actions?: readonly ActionRule<z.output<Schema>, RowOf<Fields>>[];
  limits?: Partial<Limits>;
}

// biome-ignore lint/suspicious/noExplicitAny: the engine works with every event and row type; definePipeline has checked them
type Any = any;

/** A checked definition, with its types erased: what the engine and the adapters work with. */
export interface Pipeline {
  readonly name: string;
  readonly version: string;
  readonly event: z.ZodType;
  readonly id: (event: Any) => string;
  readonly key: (event: Any) => string;
  readonly time: (event: Any) => number;
  readonly features: Features<Any>;
  readonly featureNames: readonly string[];
  readonly model: { readonly file: string; readonly input: string | undefined; readonly outputs: ModelOutputs };
  readonly prediction: PredictionFields<Any, Any>;
  readonly predictionNames: readonly string[];
  readonly quality: QualityRule<Any, Any> | undefined;
  readonly actions: readonly ActionRule<Any, Any>[];
  readonly limits: Limits;
}

/** The same pipeline for the type checker: the event and row types of a definition. */
export interface TypedPipeline<Event, Row> extends Pipeline {
  /** Only for the type checker, as `typeof pipeline.types.Event`; undefined at run time. */
  readonly types?: { Event: Event; Row: Row };
}

/** Columns that every store has of its own. */
const RESERVED = [
  "__proto__",
  "id",
  "key",
  "time",
  "truth",
  "features",
  "seq",
  "storedAt",
  "modelVersion",
  "pipelineVersion",
];

const NAME = /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/;
const FIELD = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Checks a pipeline and gives it its types: from the zod schema to the features to the stored row.
 * @throws ConfigError that names the field that is wrong, and what to write instead.
 */
export function definePipeline<
  Schema extends z.ZodType,
  const Feats extends Features<z.output<Schema>>,
  const Outputs extends ModelOutputs,
  const Fields extends PredictionFields<z.output<Schema>, Outputs>,
>(definition: PipelineDefinition<Schema, Feats, Outputs, Fields>): TypedPipeline<z.output<Schema>, RowOf<Fields>> {
  const { name, version = "1", event, id, key, time, features, model, prediction, quality, actions = [] } = definition;
  const where = (field: string) =>
    `pipeline ${typeof name === "string" ? JSON.stringify(name) : "?"}, field \`${field}\``;
  const need = (ok: boolean, field: string, what: string, fix: string) => {
    if (!ok) throw new ConfigError(what, where(field), fix);
  };

  need(
    typeof name === "string" && NAME.test(name),
    "name",
    `${show(name)} is not a name.`,
    "Use 2 to 40 lower-case letters, digits and dashes, as in `card-fraud`.",
  );
  need(
    typeof version === "string" && version.length > 0 && version.length <= 40,
    "version",
    `${show(version)} is not a version.`,
    "Use a short text, as in `2`.",
  );
  need(
    isSchema(event),
    "event",
    "there is no zod schema.",
    'Write `event: z.object({ ... })`, with `import * as z from "zod"`.',
  );
  for (const [field, value] of Object.entries({ id, key, time }))
    need(
      typeof value === "function",
      field,
      `${show(value)} is not a function.`,
      `Write \`${field}: (event) => event.${field}\`.`,
    );

  checkFunctions(features, "features", "(event) => event.amount", need);
  checkFunctions(prediction, "prediction", "(output) => output.probabilities(1)", need);
  for (const field of Object.keys(prediction))
    need(
      !RESERVED.includes(field),
      `prediction.${field}`,
      "the name is taken: every stored row already has it.",
      `Choose another than ${RESERVED.join(", ")}.`,
    );

  need(
    isObject(model),
    "model",
    "it is missing.",
    'Write `model: { file: "model.onnx", outputs: { probabilities: { width: 2 } } }`.',
  );
  need(
    typeof model.file === "string" && model.file !== "",
    "model.file",
    `${show(model.file)} is not a file.`,
    "Name the ONNX file, relative to the pipeline file.",
  );
  need(
    isObject(model.outputs) && Object.keys(model.outputs).length > 0,
    "model.outputs",
    "no output is declared.",
    "Name the outputs you read, as in `outputs: { probabilities: { width: 2 } }`.",
  );
  for (const [field, output] of Object.entries(model.outputs))
    need(
      isObject(output) && Number.isInteger(output.width) && output.width >= 1,
      `model.outputs.${field}`,
      `${show(output)} has no width.`,
      "Say how many values one row has, as in `{ width: 2 }`.",
    );

  if (quality) {
    need(
      typeof quality.truth === "function",
      "quality.truth",
      "it is not a function.",
      "Write `truth: (event) => event.label`.",
    );
    for (const field of ["predicted", "score"] as const)
      need(
        (field === "score" && quality.score === undefined) || Object.hasOwn(prediction, quality[field] ?? ""),
        `quality.${field}`,
        `${show(quality[field])} is no prediction field.`,
        `Name one of ${Object.keys(prediction).join(", ")}.`,
      );
  }
  need(Array.isArray(actions), "actions", "it is not a list.", "Write `actions: [{ name, when }]`.");
  const seen = new Set<string>();
  for (const [i, action] of actions.entries()) {
    need(
      isObject(action) && typeof action.name === "string" && NAME.test(action.name),
      `actions[${i}].name`,
      `${show(action?.name)} is not a name.`,
      "Use 2 to 40 lower-case letters, digits and dashes.",
    );
    need(
      !seen.has(action.name),
      `actions[${i}].name`,
      `${show(action.name)} is there twice.`,
      "Give each action its own name.",
    );
    need(
      typeof action.when === "function",
      `actions[${i}].when`,
      "it is not a function.",
      "Write `when: (prediction, event) => prediction.score > 0.9`.",
    );
    seen.add(action.name);
  }
  const limits = { ...DEFAULT_LIMITS, ...definition.limits };
  for (const [field, value] of Object.entries(limits))
    need(
      Number.isInteger(value) && value >= 1,
      `limits.${field}`,
      `${show(value)} is not a whole number above 0.`,
      `The default is ${DEFAULT_LIMITS[field as keyof Limits]}.`,
    );

  return Object.freeze({
    name,
    version,
    event,
    id,
    key,
    time,
    features,
    featureNames: Object.keys(features),
    model: { file: model.file, input: model.input, outputs: model.outputs },
    prediction,
    predictionNames: Object.keys(prediction),
    quality,
    actions,
    limits,
  });
}

type Need = (ok: boolean, field: string, what: string, fix: string) => void;

function checkFunctions(fields: unknown, field: string, example: string, need: Need): void {
  need(
    isObject(fields) && Object.keys(fields as object).length > 0,
    field,
    "it is empty.",
    `Write \`${field}: { amount: ${example} }\`.`,
  );
  for (const [name, value] of Object.entries(fields as object)) {
    need(
      FIELD.test(name),
      `${field}.${name}`,
      "the name cannot be a column.",
      "Use letters, digits and underscores, starting with a letter.",
    );
    need(
      typeof value === "function",
      `${field}.${name}`,
      `${show(value)} is not a function.`,
      `Write \`${name}: ${example}\`.`,
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSchema(value: unknown): value is z.ZodType {
  return value instanceof z.ZodType || (isObject(value) && "_zod" in value);
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
