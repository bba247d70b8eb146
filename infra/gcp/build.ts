import { bundleFunction } from "../../functions/gcp/bundle";
import { bundleFor, fromProject } from "../build";
import type { GcpConfig } from "../config/gcp";

/** What is uploaded. The path is relative to the project, so that two machines plan the same. */
export interface Build {
  /** The function's folder. */
  directory: string;
  /** Of what is in it. */
  hash: string;
}

/** Bundles code and model. The same sources give the same bytes, so that a deployment without a change changes nothing. */
export async function build(config: GcpConfig): Promise<Build> {
  const { directory, hash } = await bundleFunction(bundleFor(config, "gcp"));
  return { directory: fromProject(directory), hash };
}
