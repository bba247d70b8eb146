import type * as z from "zod";
import { checkDefinition } from "./definition";
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
  checkDefinition(definition);
  const { name, version = "1", event, id, key, time, features, model, prediction, quality, actions = [] } = definition;
  const limits = { ...DEFAULT_LIMITS, ...definition.limits };
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
