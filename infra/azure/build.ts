import { bundleFunction } from "../../functions/azure/bundle";
import { bundleFor, fromProject } from "../build";
import type { AzureConfig } from "../config/azure";
import type { AzureSizing } from "../sizing";
import { zipFolder } from "./zip";

/** What is uploaded. The path is relative to the project, so that two machines plan the same. */
export interface Build {
  /** The function's package. */
  file: string;
  sha256: string;
}

/** Bundles code and model. The same sources give the same bytes, so that a deployment without a change changes nothing. */
export async function build(config: AzureConfig, { prefetch }: AzureSizing): Promise<Build> {
  const { directory } = await bundleFunction({
    ...bundleFor(config, "azure"),
    host: {
      maxEventBatchSize: config.batchSize,
      prefetchCount: prefetch,
      timeoutSeconds: config.timeoutSeconds,
    },
  });
  const { file, sha256 } = zipFolder(directory);
  return { file: fromProject(file), sha256 };
}
