import type { LoadedPipeline } from "../../adapters/pipeline-file";
import { archiveModel } from "../../functions/aws/archive-model";
import { bundleFunction } from "../../functions/aws/bundle";
import { buildFolder, bundleFor, fromProject } from "../build";
import type { AwsConfig } from "../config/aws";

/** What is uploaded. Paths are relative to the project, so that two machines plan the same. */
export interface Build {
  /** The function's folder. */
  directory: string;
  /** The endpoint's `model.tar.gz`, and a hash of what is in it. In process the model is part of the function. */
  model: { file: string; hash: string } | undefined;
}

/** Bundles code and model. The same sources give the same bytes, so that a deployment without a change changes nothing. */
export async function build(config: AwsConfig, loaded: LoadedPipeline): Promise<Build> {
  const { directory } = await bundleFunction(bundleFor(config, "aws"));
  const model = config.inference === "endpoint" ? await packModel(loaded) : undefined;
  return { directory: fromProject(directory), model };
}

async function packModel({ pipeline, modelFile }: LoadedPipeline): Promise<Build["model"]> {
  const description = { width: pipeline.featureNames.length, outputs: Object.keys(pipeline.model.outputs) };
  const { file, hash } = await archiveModel({ modelFile, outDir: buildFolder("aws"), description });
  return { file: fromProject(file), hash };
}
