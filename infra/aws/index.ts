import { checked } from "../checked";
import { awsConfig } from "../config/aws";
import type { RawConfig } from "../config/read";
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
  const region = raw["aws:region"] ?? "";
  const { config, loaded } = checked(name, raw, {
    schema: awsConfig,
    place: checkRegion(raw),
    rules: (config, demands) => checkAws(config, region, demands),
  });
  const { pipeline } = loaded;
  const made = await build(config, loaded);
  return new AwsPipeline(nameOf("logical", name, "pipeline"), { name, region, config, pipeline, build: made }).outputs;
}
