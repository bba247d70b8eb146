import { readFileSync, statSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import { ConfigError, clip } from "../shared/errors";
import type { Pipeline } from "../shared/pipeline";
import { shown } from "./shown";

/** An event that a pipeline file makes up by itself, for a first run without any data. */
export interface GeneratedEvent {
  key: string;
  body: string | Uint8Array;
}

export type Generate = (options: { seed: number; count: number }) => Iterable<GeneratedEvent>;

export interface LoadedPipeline {
  pipeline: Pipeline;
  /** The name that the file exports it by; a CommonJS module that is the pipeline itself counts as `default`. */
  exportedAs: "default" | "pipeline";
  /** The pipeline file, absolute. */
  file: string;
  /** What the model's file is relative to: the folder of the pipeline file. */
  baseDir: string;
  /** The model's file, absolute. */
  modelFile: string;
  generate: Generate | undefined;
}

export interface LoadOptions {
  /** Path of the pipeline file; the card-fraud example if left out. */
  file?: string | undefined;
  /** Another model file, relative to the working directory. */
  model?: string | undefined;
}

export const EXAMPLE = path.resolve(__dirname, "..", "examples", "card-fraud", "pipeline.ts");

/** Module formats that Node would load without giving them our `sluice`; they are turned into CommonJS like TypeScript. */
const AS_ES_MODULE = new Set([".js", ".mjs", ".mts", ".cts"]);
const LOADABLE = new Set([".ts", ".cjs", ...AS_ES_MODULE]);

/** @throws ConfigError if the file is missing, cannot be read as a program, fails while it runs, or holds no pipeline. */
export function loadPipeline({ file = EXAMPLE, model }: LoadOptions = {}): LoadedPipeline {
  const absolute = path.resolve(file);
  checkFile(absolute);
  const loaded = run(absolute);
  const exportedAs = isPipeline(loaded["pipeline"]) && !isPipeline(loaded["default"]) ? "pipeline" : "default";
  const pipeline = [loaded[exportedAs], loaded].find(isPipeline);
  if (!pipeline)
    throw new ConfigError(
      "it exports no pipeline.",
      whereOf(absolute),
      "End it with `export default definePipeline({ ... })`, or export one as `pipeline`.",
    );
  const baseDir = path.dirname(absolute);
  const modelFile = model === undefined ? path.resolve(baseDir, pipeline.model.file) : path.resolve(model);
  const generate = loaded["generate"];
  return {
    pipeline: model === undefined ? pipeline : { ...pipeline, model: { ...pipeline.model, file: modelFile } },
    exportedAs,
    file: absolute,
    baseDir,
    modelFile,
    generate: typeof generate === "function" ? (generate as Generate) : undefined,
  };
}

function whereOf(file: string): string {
  return `pipeline file ${shown(file)}`;
}

function checkFile(file: string): void {
  const where = whereOf(file);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new ConfigError("there is no such file.", where, "Check the path, or make one with `sluice init`.");
  if (found.isDirectory())
    throw new ConfigError("this is a directory.", where, "Name the file in it, mostly `pipeline.ts`.");
  if (!LOADABLE.has(path.extname(file)))
    throw new ConfigError("this is no program.", where, "Name a .ts, .js, .mjs or .cjs file.");
}

function run(file: string): Record<string, unknown> {
  try {
    const exported: unknown = AS_ES_MODULE.has(path.extname(file)) ? runAsModule(file) : require(file);
    return typeof exported === "object" && exported !== null ? (exported as Record<string, unknown>) : {};
  } catch (thrown) {
    throw pipelineMistake(thrown, file);
  }
}

function runAsModule(file: string): unknown {
  const { transform } = require("../tools/typescript.cjs") as { transform(source: string, file: string): string };
  const loading = new Module(file) as NodeModule & { _compile(code: string, file: string): void };
  loading.filename = file;
  loading.paths = (Module as unknown as { _nodeModulePaths(folder: string): string[] })._nodeModulePaths(
    path.dirname(file),
  );
  loading._compile(transform(readFileSync(file, "utf8"), file), file);
  return loading.exports;
}

interface CompileError extends Error {
  errors?: { text: string; location: { file: string; line: number; column: number; lineText: string } | null }[];
}

/** What went wrong when a pipeline file was compiled, bundled or run, as the mistake in it that it most likely is. */
export function pipelineMistake(thrown: unknown, file: string): ConfigError {
  if (thrown instanceof ConfigError) return thrown;
  const where = whereOf(file);
  const first = (thrown as CompileError | undefined)?.errors?.[0];
  if (first?.location) {
    const { file, line, column, lineText } = first.location;
    return new ConfigError(
      `it does not compile: ${first.text} at ${shown(path.resolve(file))}:${line}:${column + 1}: ${clip(lineText.trim(), 120)}.`,
      where,
      "Correct that line.",
      { cause: thrown },
    );
  }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const [text = ""] = error.message.split("\n");
  if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND")
    return new ConfigError(
      `it imports what is not there: ${clip(text, 300)}.`,
      where,
      "Correct the path, or install the package beside the file with `npm install`.",
      { cause: thrown },
    );
  return new ConfigError(
    `it failed while it was loaded: ${error.name}: ${clip(text, 300)}${placeOf(error)}.`,
    where,
    "Correct it; `--debug` shows the whole stack.",
    { cause: thrown },
  );
}

/** The first place in the stack that is in the user's own files. */
function placeOf({ stack = "" }: Error): string {
  const line = stack.split("\n").find((entry) => /^\s+at /.test(entry) && !/node:|node_modules/.test(entry));
  const place = line && /\(?([^()\s]+:\d+:\d+)\)?$/.exec(line)?.[1];
  return place ? ` at ${shown(place.replace(/^file:\/\//, ""))}` : "";
}

/** Whether this came out of `definePipeline`: it alone adds the lists of names, and freezes the whole. */
function isPipeline(value: unknown): value is Pipeline {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.isFrozen(value) &&
    "featureNames" in value &&
    "predictionNames" in value &&
    "model" in value &&
    "event" in value
  );
}
