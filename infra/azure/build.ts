import path from "node:path";
import { bundleFunction } from "../../functions/azure/bundle";
import type { AzureConfig } from "../config/azure";
import type { AzureSizing } from "../sizing";
import { zipFolder } from "./zip";

/** What is uploaded. The path is relative to the project, so that two machines plan the same. */
export interface Build {
  /** The function's package. */
  file: string;
  sha256: string;
}

const FOLDER = path.join(".sluice", "build", "azure");

/** Bundles code and model. The same sources give the same bytes, so that a deployment without a change changes nothing. */
export async function build(config: AzureConfig, { prefetch }: AzureSizing): Promise<Build> {
  const { directory } = await bundleFunction({
    pipelineFile: config.pipeline,
    modelFile: config.model,
    inference: config.inference,
    outDir: FOLDER,
    platform: "linux",
    arch: "x64",
    host: {
      maxEventBatchSize: config.batchSize,
      prefetchCount: prefetch,
      timeoutSeconds: config.timeoutSeconds,
    },
  });
  const { file, sha256 } = zipFolder(directory);
  return { file: path.relative(process.cwd(), path.resolve(file)), sha256 };
}
