import path from "node:path";
import type { BundleOptions } from "../functions/bundle/function";

/** What a configuration says of the function's code. */
interface Code {
  pipeline: string;
  model?: string | undefined;
  inference: BundleOptions["inference"];
}

/** Where what a cloud's stack uploads is built, relative to the project. */
export function buildFolder(cloud: string): string {
  return path.join(".sluice", "build", cloud);
}

/** How a stack's function is bundled: for where it is going to run. */
export function bundleFor({ pipeline, model, inference }: Code, cloud: string): BundleOptions {
  return { pipelineFile: pipeline, modelFile: model, inference, outDir: buildFolder(cloud) };
}

/** A path from the project on, so that two machines plan the same. */
export function fromProject(file: string): string {
  return path.relative(process.cwd(), path.resolve(file));
}
