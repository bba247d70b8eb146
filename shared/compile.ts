import { ConfigError } from "./errors";
import type { ModelOutput } from "./matrix";
import type { Pipeline } from "./pipeline";
import type { Prediction } from "./ports";

/**
 * Per-record code, generated once per pipeline: every feature and every prediction field becomes a call site of its own.
 * A loop over an array of functions has one call site that sees them all, which V8 can neither predict nor inline;
 * it costs about 0.2 us a record more with 16 features.
 */
export interface CompiledPipeline {
  /** Writes the features of `event` to `out` from `offset` on. False if one is not a finite float32; the row is then void. */
  writeFeatures: (event: unknown, out: Float32Array, offset: number) => boolean;
  /**
   * Points the reader at a model's answer; returns the function that builds the row of a given index, or undefined if a
   * field is not a finite number, well-formed text, boolean or null. Valid until the reader is pointed elsewhere.
   */
  reader: (output: ModelOutput) => (row: number, event: unknown) => Prediction | undefined;
}

export function compilePipeline(pipeline: Pipeline): CompiledPipeline {
  return { writeFeatures: compileFeatures(pipeline), reader: compileReader(pipeline) };
}

/** The first feature that is not a finite float32, for the message of a dead letter. */
export function badFeature(pipeline: Pipeline, event: unknown): { name: string; value: unknown } | undefined {
  for (const name of pipeline.featureNames) {
    const value: unknown = pipeline.features[name]?.(event);
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) return { name, value };
  }
  return undefined;
}

function compileFeatures(pipeline: Pipeline): CompiledPipeline["writeFeatures"] {
  const names = pipeline.featureNames;
  const functions = names.map((name) => pipeline.features[name]);
  // x - x is 0 for every finite x and NaN otherwise, so one sum checks the whole row. Math.fround first: 1e39 is finite
  // as a double and infinite in the matrix.
  const body = `return function writeFeatures(event, out, offset) {
    ${names.map((_, i) => `const v${i} = f${i}(event); if (typeof v${i} !== "number") return false; const x${i} = out[offset + ${i}] = Math.fround(v${i});`).join("\n")}
    return ${names.map((_, i) => `(x${i} - x${i})`).join(" + ")} === 0;
  }`;
  return new Function(...names.map((_, i) => `f${i}`), body)(...functions);
}

function compileReader(pipeline: Pipeline): CompiledPipeline["reader"] {
  const outputs = Object.entries(pipeline.model.outputs);
  const fields = pipeline.predictionNames;
  const functions = fields.map((name) => pipeline.prediction[name]);
  // Bound to one answer at a time and used before the next await: new closures per batch would cost more than small batches do.
  const body = `
    const storable = (value) => typeof value === "number" ? value - value === 0
      : typeof value === "string" ? value.isWellFormed() : typeof value === "boolean" || value === null;
    let row = 0;
    let ${outputs.map((_, i) => `d${i}`).join(", ")};
    const read = { ${outputs.map(([name, { width }], i) => readerOf(name, width, i)).join(",\n")} };
    function build(index, event) {
      row = index;
      ${fields.map((_, i) => `const v${i} = f${i}(read, event); if (!storable(v${i})) return undefined;`).join("\n")}
      return { ${fields.map((name, i) => `${JSON.stringify(name)}: v${i}`).join(", ")} };
    }
    return function reader(output) {
      ${outputs.map(([name], i) => `d${i} = output[${JSON.stringify(name)}].data;`).join("\n")}
      return build;
    };`;
  const outside = (name: string, column: number, width: number) => {
    throw new ConfigError(
      `output \`${name}\` has ${width} column${width === 1 ? "" : "s"}, and column ${column} was read.`,
      `pipeline ${JSON.stringify(pipeline.name)}, field \`prediction\``,
      `Columns start at 0; if the model really puts out more, raise \`model.outputs.${name}.width\`.`,
    );
  };
  return new Function("outside", ...fields.map((_, i) => `f${i}`), body)(outside, ...functions);
}

function readerOf(name: string, width: number, index: number): string {
  const key = JSON.stringify(name);
  return `${key}(column = 0) {
    if (!(column >= 0 && column < ${width})) outside(${key}, column, ${width});
    return d${index}[row * ${width} + column];
  }`;
}
