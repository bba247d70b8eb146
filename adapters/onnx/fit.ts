import type { InferenceSession } from "onnxruntime-node";
import { ConfigError, type Pipeline } from "../../shared";
import { NUMBER_TYPES } from "./columns";
import type { Model } from "./run";
import type { Runtime } from "./session";

type Metadata = InferenceSession.ValueMetadata;

const NO_ZIPMAP = 'Export the classifier with `convert_sklearn(..., options={"zipmap": False})`.';

/**
 * Checks what a model says about itself against what a pipeline says about it: one input, its name, type and width, and
 * the declared outputs. Widths of outputs are left to the trial run, because exporters state them wrongly now and then.
 * @throws ConfigError that names both sides.
 */
export function fitModel(pipeline: Pipeline, file: string, runtime: Runtime, session: InferenceSession): Model {
  const where = modelWhere(pipeline, file);
  const input = onlyInput(session.inputMetadata, where);
  checkInputName(pipeline, input.name, where);
  const float64 = checkInputType(input, pipeline.featureNames.length, where) === "float64";
  checkInputShape(input, pipeline.featureNames, where);

  const outputs = Object.entries(pipeline.model.outputs).map(([name, { width, type }]) => {
    const text = type === "string";
    checkOutput(name, text, session.outputMetadata, where);
    return { name, width };
  });
  return {
    session,
    tensor: runtime.Tensor,
    input: input.name,
    float64,
    outputs,
    fetches: outputs.map(({ name }) => name),
  };
}

/** Where a ConfigError about this pair stands. */
export function modelWhere(pipeline: Pipeline, file: string): string {
  return `pipeline "${pipeline.name}", model file ${file}`;
}

function onlyInput(inputs: readonly Metadata[], where: string): Metadata {
  const [input, ...others] = inputs;
  if (input && others.length === 0) return input;
  throw new ConfigError(
    input
      ? `the model has ${inputs.length} inputs (${described(inputs)}), and a pipeline feeds one matrix of features.`
      : "the model has no input.",
    where,
    "Export it with one input of all features, `FloatTensorType([None, n])`: put the columns together before the first step (skl2onnx) or join the inputs with a Concat node (`onnx.compose`).",
  );
}

function checkInputName(pipeline: Pipeline, name: string, where: string): void {
  const wanted = pipeline.model.input;
  if (wanted === undefined || wanted === name) return;
  throw new ConfigError(
    `the pipeline names the input \`${wanted}\`, and the model's is \`${name}\`.`,
    where,
    `Write \`input: "${name}"\` in \`model\`, or leave it out, if this is the model you mean.`,
  );
}

/** float32 is taken as it is, float64 is widened; integers are refused, because features that are not whole would be cut. */
function checkInputType(input: Metadata, width: number, where: string): string {
  if (input.isTensor && (input.type === "float32" || input.type === "float64")) return input.type;
  throw new ConfigError(
    `the input \`${input.name}\` takes ${input.isTensor ? input.type : "something else than a tensor"}, and features are float32.`,
    where,
    `Export it with \`FloatTensorType([None, ${width}])\` as input type, or put a Cast node behind a float input.`,
  );
}

function checkInputShape(input: Metadata, features: readonly string[], where: string): void {
  // An empty shape is one that the model does not state; the trial run finds out.
  if (!input.isTensor || input.shape.length === 0) return;
  const [rows, columns] = input.shape;
  const open = `Export it with an open first dimension and one column per feature: \`FloatTensorType([None, ${features.length}])\`, or \`dynamic_axes={"${input.name}": {0: "rows"}}\` in PyTorch.`;
  if (input.shape.length !== 2)
    throw new ConfigError(
      `the input ${described([input])} is no table, and features come as [rows, ${features.length}].`,
      where,
      open,
    );
  if (typeof rows === "number")
    throw new ConfigError(
      `the input ${described([input])} takes a fixed number of rows, ${rows}, and batches vary.`,
      where,
      open,
    );
  if (typeof columns === "number" && columns !== features.length)
    throw new ConfigError(
      `the model takes ${columns} features, and the pipeline makes ${features.length}: ${features.join(", ")}.`,
      where,
      "Make `features` list exactly the model's columns, in the order of its training.",
    );
}

function checkOutput(name: string, text: boolean, outputs: readonly Metadata[], where: string): void {
  const output = outputs.find((one) => one.name === name);
  const zipped = outputs.some((one) => !one.isTensor);
  if (!output)
    throw new ConfigError(
      `the model has no output \`${name}\`; it has ${described(outputs)}.`,
      where,
      zipped ? `${NO_ZIPMAP} Then declare outputs it has.` : "Declare outputs it has in `model.outputs`.",
    );
  if (!output.isTensor)
    throw new ConfigError(
      `the output \`${name}\` is not a tensor but a list of dictionaries (ZipMap), which cannot be read in one piece.`,
      where,
      `${NO_ZIPMAP} The output is then called \`probabilities\`.`,
    );
  if ((output.type === "string") !== text)
    throw new ConfigError(
      `the output \`${name}\` holds ${text ? "numbers" : "strings"}, and the pipeline declares ${text ? "strings" : "numbers"}.`,
      where,
      text ? 'Leave `type: "string"` out.' : `Write \`${name}: { width: 1, type: "string" }\`.`,
    );
  if (!text && !NUMBER_TYPES.includes(output.type))
    throw new ConfigError(
      `the output \`${name}\` is ${output.type}, which is not read.`,
      where,
      "Put a Cast node to float behind it.",
    );
}

/** `score` (float32 [rows, 1]), one after the other. */
function described(values: readonly Metadata[]): string {
  const one = (value: Metadata) =>
    value.isTensor
      ? `\`${value.name}\` (${value.type} [${value.shape.map((size) => (size === "" ? "?" : size)).join(", ")}])`
      : `\`${value.name}\` (not a tensor)`;
  return values.map(one).join(", ");
}
