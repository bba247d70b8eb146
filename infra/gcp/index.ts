import { checked } from "../checked";
import { gcpConfig } from "../config/gcp";
import type { RawConfig } from "../config/read";
import { nameOf, type StackName } from "../naming";
import type { PendingOutputs } from "../outputs";
import { checkGcp } from "../sizing";
import { build } from "./build";
import { GcpPipeline } from "./pipeline";
import { checkPlace } from "./regions";

/**
 * Deploys the pipeline that the configuration names.
 * @throws ConfigProblems or ConfigError before any resource is registered.
 */
export async function deploy(name: StackName, raw: RawConfig): Promise<PendingOutputs> {
  const place = { project: raw["gcp:project"] ?? "", region: raw["gcp:region"] ?? "" };
  const { config, loaded } = checked(name, raw, {
    schema: gcpConfig,
    place: checkPlace(raw),
    rules: (config, demands) => checkGcp(config, place.region, demands),
  });
  const { pipeline } = loaded;
  const made = await build(config);
  return new GcpPipeline(nameOf("logical", name, "pipeline"), { name, ...place, config, pipeline, build: made })
    .outputs;
}
