import path from "node:path";
import { bundleFunction } from "../../functions/gcp/bundle";
import type { GcpConfig } from "../config/gcp";

/** What is uploaded. The path is relative to the project, so that two machines plan the same. */
export interface Build {
  /** The function's folder. */
  directory: string;
  /** Of what is in it. */
  hash: string;
}

const FOLDER = path.join(".sluice", "build", "gcp");

/** Bundles code and model. The same sources give the same bytes, so that a deployment without a change changes nothing. */
export async function build(config: GcpConfig): Promise<Build> {
  const { directory, hash } = await bundleFunction({
    pipelineFile: config.pipeline,
    modelFile: config.model,
    inference: config.inference,
    outDir: FOLDER,
    platform: "linux",
    arch: "x64",
  });
  return { directory: path.relative(process.cwd(), path.resolve(directory)), hash };
}
