import { existsSync } from "node:fs";
import { type LoadedPipeline, loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import type { ConfigError } from "../../shared/errors";
import { type AwsConfig, awsConfig } from "../config/aws";
import { ConfigProblems, problem } from "../config/problems";
import { type RawConfig, readConfig } from "../config/read";
import { nameOf, type StackName } from "../naming";
import type { PendingOutputs } from "../outputs";
import { checkAws } from "../sizing";
import { build } from "./build";
import { AwsPipeline } from "./pipeline";
import { checkRegion } from "./regions";

/**
 * Deploys the pipeline that the configuration names.
 * @throws ConfigProblems or ConfigError before any resource is registered.
 */
export async function deploy(name: StackName, raw: RawConfig): Promise<PendingOutputs> {
  const { config, loaded, region } = check(name, raw);
  const { pipeline } = loaded;
  const made = await build(config, loaded);
  return new AwsPipeline(nameOf("logical", name, "pipeline"), { name, region, config, pipeline, build: made }).outputs;
}

interface Checked {
  config: AwsConfig;
  loaded: LoadedPipeline;
  region: string;
}

function check(name: StackName, raw: RawConfig): Checked {
  const { config, problems = [] } = readConfig(awsConfig, raw);
  const found = [...checkRegion(raw), ...problems];
  if (config === undefined) throw new ConfigProblems(found, name.stack);
  const region = raw["aws:region"] ?? "";
  if (!existsSync(config.pipeline))
    throw new ConfigProblems([...found, noFile("pipeline", config.pipeline)], name.stack);
  const loaded = loadPipeline({ file: config.pipeline, model: config.model });
  const demands = {
    maxEventBytes: loaded.pipeline.limits.maxEventBytes,
    hasActions: loaded.pipeline.actions.length > 0,
  };
  found.push(...checkModel(config, loaded), ...checkAws(config, region, demands));
  if (found.length > 0) throw new ConfigProblems(found, name.stack);
  return { config, loaded, region };
}

function checkModel({ model }: AwsConfig, { modelFile, pipeline }: LoadedPipeline): ConfigError[] {
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
