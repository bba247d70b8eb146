import { checked } from "../checked";
import { azureConfig } from "../config/azure";
import type { RawConfig } from "../config/read";
import { nameOf, type StackName } from "../naming";
import type { PendingOutputs } from "../outputs";
import { checkAzure, sizeAzure } from "../sizing";
import { build } from "./build";
import { AzurePipeline } from "./pipeline";
import { checkPlace } from "./regions";

/**
 * Deploys the pipeline that the configuration names.
 * @throws ConfigProblems or ConfigError before any resource is registered.
 */
export async function deploy(name: StackName, raw: RawConfig): Promise<PendingOutputs> {
  const { config, loaded } = checked(name, raw, {
    schema: azureConfig,
    place: checkPlace(raw),
    rules: checkAzure,
  });
  const place = {
    subscription: raw["azure-native:subscriptionId"]!,
    location: raw["azure-native:location"]!,
  };
  const { pipeline } = loaded;
  const made = await build(config, sizeAzure(config));
  return new AzurePipeline(nameOf("logical", name, "pipeline"), { name, ...place, config, pipeline, build: made })
    .outputs;
}
