import { existsSync } from "node:fs";
import type * as z from "zod";
import { type LoadedPipeline, loadPipeline } from "../adapters/pipeline-file";
import { shown } from "../adapters/shown";
import type { ConfigError } from "../shared/errors";
import type { commonKeys } from "./config/common";
import { ConfigProblems, problem } from "./config/problems";
import { type RawConfig, readConfig } from "./config/read";
import type { StackName } from "./naming";
import type { Demands } from "./sizing/rules";

type Schema = z.ZodObject<Pick<typeof commonKeys, "pipeline" | "model">>;

export interface Checks<Cloud extends Schema> {
  schema: Cloud;
  /** What is wrong outside the project's own keys: the place to deploy to. */
  place: readonly ConfigError[];
  /** What is wrong between keys, and with what the pipeline asks for. */
  rules(config: z.output<Cloud>, demands: Demands): readonly ConfigError[];
}

export interface Checked<Config> {
  config: Config;
  loaded: LoadedPipeline;
}

/**
 * The configuration and the pipeline that it names, both usable.
 * @throws ConfigProblems with every mistake there is; ConfigError if the pipeline file is broken.
 */
export function checked<Cloud extends Schema>(
  { stack }: StackName,
  raw: RawConfig,
  { schema, place, rules }: Checks<Cloud>,
): Checked<z.output<Cloud>> {
  const { config, problems = [] } = readConfig(schema, raw);
  const found = [...place, ...problems];
  if (config === undefined) throw new ConfigProblems(found, stack);
  const { pipeline: file, model } = config as z.output<Schema>;
  if (!existsSync(file)) throw new ConfigProblems([...found, noFile("pipeline", file)], stack);
  const loaded = loadPipeline({ file, model });
  const { limits, actions } = loaded.pipeline;
  found.push(
    ...checkModel(model, loaded),
    ...rules(config, { maxEventBytes: limits.maxEventBytes, hasActions: actions.length > 0 }),
  );
  if (found.length > 0) throw new ConfigProblems(found, stack);
  return { config, loaded };
}

function checkModel(model: string | undefined, { modelFile, pipeline }: LoadedPipeline): ConfigError[] {
  if (existsSync(modelFile)) return [];
  if (model !== undefined) return [noFile("model", model)];
  return [
    problem(
      "pipeline",
      `its model ${JSON.stringify(pipeline.model.file)} is not there: ${shown(modelFile)}.`,
      "Correct `model.file` in the pipeline; it is relative to the pipeline file.",
    ),
  ];
}

function noFile(key: "pipeline" | "model", file: string): ConfigError {
  return problem(key, `there is no file ${JSON.stringify(file)}.`, "Correct the path; it is relative to the project.");
}
