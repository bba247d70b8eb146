import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";
import { buildCode } from "../bundle/build";
import { CORE } from "../bundle/chunks";
import { MODEL_FILE } from "../bundle/layout";
import { type Placed, place, sha256 } from "../bundle/manifest";
import { type StageOptions, stageOnnxRuntime } from "../bundle/onnxruntime";
import { SDK_REPLACEMENTS } from "./sdk";
import type { InferenceMode } from "./settings";

export interface BundleOptions {
  pipelineFile: string;
  /** Instead of the model that the pipeline names, relative to the working directory. */
  modelFile?: string | undefined;
  inference: InferenceMode;
  /** The function is put below it, in a folder named by its content. */
  outDir: string;
  /** Default `linux`. */
  platform?: StageOptions["platform"] | undefined;
  /** Default `arm64`. */
  arch?: StageOptions["arch"] | undefined;
}

/** The Lambda runtime's major version of Node. */
const NODE = "24";

/** A CommonJS file's default export is a property of what is imported. */
const ENTRY = `
import { exported, inference, openHandler } from "${CORE}";
const pipeline = exported.default ?? exported;
export const handler = await openHandler({ pipeline, inference, root: import.meta.dirname });
`;

/**
 * Everything that Lambda runs, in one folder: handler `index.handler`. Minified ES modules with the SDK in them, and
 * where inference is in process the model and onnxruntime-node for the platform. The same inputs give the same bytes, so
 * that a deployment without a change changes nothing.
 * @throws ConfigError if the pipeline or its model cannot be used.
 */
export async function bundleFunction(options: BundleOptions): Promise<Placed> {
  const { inference, outDir, platform = "linux", arch = "arm64" } = options;
  const { pipeline, exportedAs, file, modelFile } = loadPipeline({
    file: options.pipelineFile,
    model: options.modelFile,
  });
  const model = readModel(modelFile);
  return place(path.resolve(outDir), async (folder) => {
    const code = await buildCode({
      core: coreFor(file, exportedAs, inference),
      entry: ENTRY,
      folder: __dirname,
      pipelineFile: file,
      external: ["onnxruntime-node"],
      replacements: SDK_REPLACEMENTS,
    });
    for (const { name, contents } of code) writeFileSync(path.join(folder, name), contents);
    writeFileSync(path.join(folder, "package.json"), '{"type":"module"}\n');
    const inProcess = inference === "in-process";
    if (inProcess) copyFileSync(modelFile, path.join(folder, MODEL_FILE));
    return {
      pipeline: pipeline.name,
      pipelineVersion: pipeline.version,
      inference,
      model: { file: path.basename(modelFile), sha256: sha256(model), version: `sha256:${sha256(model).slice(0, 16)}` },
      target: { platform, arch },
      node: NODE,
      onnxruntime: inProcess ? stageOnnxRuntime({ outDir: folder, platform, arch }) : undefined,
    };
  });
}

function coreFor(file: string, exportedAs: "default" | "pipeline", inference: InferenceMode): string {
  return [
    `export { ${exportedAs} as exported } from ${JSON.stringify(file)};`,
    'export { openHandler } from "./handler";',
    `export { inference } from "./${inference}";`,
  ].join("\n");
}

function readModel(file: string): Buffer {
  if (existsSync(file)) return readFileSync(file);
  throw new ConfigError(
    "there is no such file.",
    `model file ${shown(file)}`,
    "Check `model.file` of the pipeline; it is relative to the pipeline file.",
  );
}
