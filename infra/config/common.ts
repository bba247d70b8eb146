import { amount, choice, flag, tags, text, wholeNumber } from "./values";

/** Clouds by the name that `sluice:cloud` gives them. */
export const CLOUDS = ["aws", "gcp", "azure"] as const;

const FILE = text(/^[^\0]+$/, "a path");

/** Keys with the same meaning on every cloud. Each `meta` holds what the documentation says and a value that works. */
export const commonKeys = {
  cloud: choice(CLOUDS).meta({ description: "Which cloud the stack is on", example: "aws" }),
  pipeline: FILE.default("examples/card-fraud/pipeline.ts").meta({
    description: "The pipeline file, relative to the project",
    example: "examples/card-fraud/pipeline.ts",
  }),
  model: FILE.optional().meta({
    description: "Another model than the pipeline names, relative to the project",
    example: "models/new.onnx",
  }),
  inference: choice(["in-process", "endpoint"]).default("in-process").meta({
    description: "Where the model runs: in the function itself, or behind an endpoint",
    example: "in-process",
  }),
  ttlDays: wholeNumber(1, 3650)
    .optional()
    .meta({ description: "Days until a stored prediction expires; never if left out", example: "90" }),
  latest: flag()
    .default(false)
    .meta({ description: "Also keeps each key's latest prediction, at the price of one more write", example: "true" }),
  ndjson: flag()
    .default(false)
    .meta({ description: "Also writes predictions to the bucket as lines of JSON", example: "true" }),
  archive: flag().default(true).meta({ description: "Keeps the raw events, for replay", example: "true" }),
  archiveDays: wholeNumber(1, 3650)
    .default(365)
    .meta({ description: "Days until a raw event is deleted from the archive", example: "365" }),
  alarmEmail: text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an email address")
    .optional()
    .meta({ description: "Who is told of alarms", example: "oncall@example.com" }),
  notifyActions: flag()
    .default(false)
    .meta({ description: "Sends the pipeline's actions to the alarms' topic as well", example: "true" }),
  monthlyBudgetUsd: amount(1)
    .optional()
    .meta({ description: "Warns when the stack is about to cost more in a month", example: "50" }),
  tracing: flag().default(true).meta({ description: "Traces requests", example: "true" }),
  protect: flag().default(false).meta({
    description: "Refuses to delete or replace what holds data or positions: for production",
    example: "true",
  }),
  deletionProtection: flag()
    .default(false)
    .meta({ description: "The table itself refuses to be deleted, whoever asks: for production", example: "true" }),
  forceDestroy: flag()
    .default(false)
    .meta({ description: "`pulumi destroy` deletes the bucket's objects too: for trials", example: "true" }),
  tags: tags().default({}).meta({ description: "Further tags on every resource", example: '{ team: "payments" }' }),
};
