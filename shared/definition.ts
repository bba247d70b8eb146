import * as z from "zod";
import { ConfigError } from "./errors";
import { DEFAULT_LIMITS, type Limits } from "./guards";

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

const FIELDS = [
  "name",
  "version",
  "event",
  "id",
  "key",
  "time",
  "features",
  "model",
  "prediction",
  "quality",
  "actions",
  "limits",
];
const NAME = /^[a-z][a-z0-9-]{0,38}[a-z0-9]$/;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

type Fields = Readonly<Record<string, unknown>>;

/** Throws a ConfigError that names the field unless `ok`. */
type Need = (ok: boolean, field: string, what: string, fix: string) => void;

/**
 * Checks what the type checker cannot, or was not asked to: pipelines also come from JavaScript.
 * @throws ConfigError that names the first field that is wrong, and what to write instead.
 */
export function checkDefinition(definition: unknown): void {
  if (!isFields(definition))
    throw new ConfigError(
      `${show(definition)} is not a definition.`,
      "definePipeline",
      "Give it an object with the pipeline's fields.",
    );
  const fields = definition;
  const need: Need = (ok, field, what, fix) => {
    const name = typeof fields["name"] === "string" ? JSON.stringify(fields["name"]) : "?";
    if (!ok) throw new ConfigError(what, `pipeline ${name}, field \`${field}\``, fix);
  };
  for (const field of Object.keys(fields))
    need(FIELDS.includes(field), field, "there is no such field.", `The fields are ${FIELDS.join(", ")}.`);
  checkEvent(fields, need);
  checkFunctions(fields["features"], "features", "(event) => event.amount", need);
  checkFunctions(fields["prediction"], "prediction", "(output) => output.probabilities(1)", need);
  for (const field of Object.keys(fields["prediction"] as Fields)) {
    const free = `Choose another than ${RESERVED.join(", ")}.`;
    need(!RESERVED.includes(field), `prediction.${field}`, "the name is taken: every stored row already has it.", free);
  }
  checkModel(fields["model"], need);
  checkQuality(fields["quality"], fields["prediction"] as Fields, need);
  checkActions(fields["actions"], need);
  checkLimits(fields["limits"], need);
}

function checkEvent(fields: Fields, need: Need): void {
  const { name, version, event } = fields;
  const nameRule = "Use 2 to 40 lower-case letters, digits and dashes, as in `card-fraud`.";
  need(typeof name === "string" && NAME.test(name), "name", `${show(name)} is not a name.`, nameRule);
  const short = typeof version === "string" && version.length > 0 && version.length <= 40;
  need(version === undefined || short, "version", `${show(version)} is not a version.`, "Use a short text, as in `2`.");
  const schema = 'Write `event: z.object({ ... })`, with `import * as z from "zod"`.';
  need(event instanceof z.ZodType || (isFields(event) && "_zod" in event), "event", "there is no zod schema.", schema);
  for (const field of ["id", "key", "time"]) {
    const value = fields[field];
    const fix = `Write \`${field}: (event) => event.${field}\`.`;
    need(typeof value === "function", field, `${show(value)} is not a function.`, fix);
  }
}

function checkFunctions(fields: unknown, field: string, example: string, need: Need): void {
  const filled = isFields(fields) && Object.keys(fields).length > 0;
  need(filled, field, "it is empty.", `Write \`${field}: { amount: ${example} }\`.`);
  const columnRule = "Use letters, digits and underscores, starting with a letter.";
  for (const [name, value] of Object.entries(fields as Fields)) {
    const at = `${field}.${name}`;
    need(COLUMN.test(name), at, "the name cannot be a column.", columnRule);
    need(typeof value === "function", at, `${show(value)} is not a function.`, `Write \`${name}: ${example}\`.`);
  }
}

function checkModel(model: unknown, need: Need): void {
  const whole = 'Write `model: { file: "model.onnx", outputs: { probabilities: { width: 2 } } }`.';
  need(isFields(model), "model", "it is missing.", whole);
  const { file, input, outputs } = model as Fields;
  const relative = "Name the ONNX file, relative to the pipeline file.";
  need(typeof file === "string" && file !== "", "model.file", `${show(file)} is not a file.`, relative);
  const named = input === undefined || (typeof input === "string" && input !== "");
  need(named, "model.input", `${show(input)} is not a name.`, "Name the model's input, or leave it out.");
  const some = isFields(outputs) && Object.keys(outputs).length > 0;
  need(
    some,
    "model.outputs",
    "no output is declared.",
    "Name the outputs you read, as in `outputs: { probabilities: { width: 2 } }`.",
  );
  for (const [name, output] of Object.entries(outputs as Fields)) {
    const { width, type } = isFields(output) ? output : {};
    const at = `model.outputs.${name}`;
    const wide = Number.isInteger(width) && (width as number) >= 1;
    need(wide, at, `${show(output)} has no width.`, "Say how many values one row has, as in `{ width: 2 }`.");
    const typed = type === undefined || type === "number" || type === "string";
    need(typed, `${at}.type`, `${show(type)} is not a type.`, 'Use "number" or "string".');
  }
}

function checkQuality(quality: unknown, prediction: Fields, need: Need): void {
  if (quality === undefined) return;
  const whole = 'Write `quality: { truth: (event) => event.label, predicted: "flagged" }`.';
  need(isFields(quality), "quality", `${show(quality)} is not a rule.`, whole);
  const { truth, predicted, score } = quality as Fields;
  need(typeof truth === "function", "quality.truth", "it is not a function.", "Write `truth: (event) => event.label`.");
  const known = `Name one of ${Object.keys(prediction).join(", ")}.`;
  const isField = (name: unknown) => typeof name === "string" && Object.hasOwn(prediction, name);
  need(isField(predicted), "quality.predicted", `${show(predicted)} is no prediction field.`, known);
  need(score === undefined || isField(score), "quality.score", `${show(score)} is no prediction field.`, known);
}

function checkActions(actions: unknown, need: Need): void {
  if (actions === undefined) return;
  need(Array.isArray(actions), "actions", "it is not a list.", "Write `actions: [{ name, when }]`.");
  const names = new Set<unknown>();
  for (const [i, action] of (actions as unknown[]).entries()) {
    const { name, when } = isFields(action) ? action : {};
    const rule = "Use 2 to 40 lower-case letters, digits and dashes.";
    need(typeof name === "string" && NAME.test(name), `actions[${i}].name`, `${show(name)} is not a name.`, rule);
    need(!names.has(name), `actions[${i}].name`, `${show(name)} is there twice.`, "Give each action its own name.");
    const example = "Write `when: (prediction, event) => prediction.score > 0.9`.";
    need(typeof when === "function", `actions[${i}].when`, "it is not a function.", example);
    names.add(name);
  }
}

function checkLimits(limits: unknown, need: Need): void {
  if (limits === undefined) return;
  need(isFields(limits), "limits", `${show(limits)} is not an object.`, "Write `limits: { maxEventBytes: 65536 }`.");
  for (const [field, value] of Object.entries(limits as Fields)) {
    const known = `The limits are ${Object.keys(DEFAULT_LIMITS).join(" and ")}.`;
    need(Object.hasOwn(DEFAULT_LIMITS, field), `limits.${field}`, "there is no such limit.", known);
    const whole = Number.isInteger(value) && (value as number) >= 1;
    const fix = `The default is ${DEFAULT_LIMITS[field as keyof Limits]}.`;
    need(whole, `limits.${field}`, `${show(value)} is not a whole number above 0.`, fix);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
