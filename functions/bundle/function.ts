import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";
import { buildCode } from "./build";
import { buildLauncher, type Launcher } from "./launcher";
import { MODEL_FILE, NODE } from "./layout";
import { type Manifest, type Placed, place, sha256 } from "./manifest";
import { type StageOptions, stageOnnxRuntime } from "./onnxruntime";
import type { Replacements } from "./replace";

export interface BundleOptions {
  pipelineFile: string;
  /** Instead of the model that the pipeline names, relative to the working directory. */
  modelFile?: string | undefined;
  inference: Manifest["inference"];
  /** The function is put below it, in a folder named by its content. */
  outDir: string;
  /** Default `linux`. */
  platform?: StageOptions["platform"] | undefined;
  /** Default: what the cloud's functions run on. */
  arch?: StageOptions["arch"] | undefined;
}

/** What a cloud makes of a function. */
export interface FunctionKind {
  /** Of its sources: `handler.ts`, `in-process.ts` and `endpoint.ts`. */
  folder: string;
  /** ES module text that begins with what is in `sluice:core`: all of `handler.ts`, `inference`, and the pipeline as `exported`. */
  entry: string;
  arch: StageOptions["arch"];
  /** The major version of Node that it must run on. Default `NODE`. */
  node?: string | undefined;
  /** Where the platform starts a file of another kind, which loads the entry. */
  launcher?: Launcher | undefined;
  replacements?: Replacements | undefined;
  /** Packages that the code names and a function never loads: they stay out. */
  unused?: readonly string[] | undefined;
  /** Where code, model and onnxruntime-node lie in the package. Default: at its root. */
  codeFolder?: string | undefined;
  /** Further files, from name to text. */
  files: Readonly<Record<string, string>>;
}

/**
 * Everything that a cloud runs, in one folder: minified ES modules with all they need in them, and where inference is in
 * process the model and onnxruntime-node for the platform. The same inputs give the same bytes, so that a deployment
 * without a change changes nothing.
 * @throws ConfigError if the pipeline or its model cannot be used.
 */
export async function makeFunction(kind: FunctionKind, options: BundleOptions): Promise<Placed> {
  const { inference, outDir, platform = "linux", arch = kind.arch } = options;
  const { node = NODE, launcher, unused = [] } = kind;
  const { pipeline, exportedAs, file, modelFile } = loadPipeline({
    file: options.pipelineFile,
    model: options.modelFile,
  });
  const model = readModel(modelFile);
  return place(path.resolve(outDir), async (folder) => {
    const codeFolder = path.join(folder, kind.codeFolder ?? "");
    mkdirSync(codeFolder, { recursive: true });
    const code = await buildCode({
      core: coreFor(file, exportedAs, inference),
      entry: kind.entry,
      folder: kind.folder,
      pipelineFile: file,
      external: ["onnxruntime-node", ...unused],
      replacements: kind.replacements,
      node,
    });
    for (const { name, contents } of code) writeFileSync(path.join(codeFolder, name), contents);
    if (launcher !== undefined)
      writeFileSync(path.join(folder, launcher.name), await buildLauncher(launcher, { folder: kind.folder, node }));
    for (const [name, text] of Object.entries(kind.files)) writeFileSync(path.join(folder, name), text);
    const inProcess = inference === "in-process";
    if (inProcess) copyFileSync(modelFile, path.join(codeFolder, MODEL_FILE));
    return {
      pipeline: pipeline.name,
      pipelineVersion: pipeline.version,
      inference,
      model: { file: path.basename(modelFile), sha256: sha256(model), version: `sha256:${sha256(model).slice(0, 16)}` },
      target: { platform, arch },
      node,
      onnxruntime: inProcess ? stageOnnxRuntime({ outDir: codeFolder, platform, arch, node }) : undefined,
    };
  });
}

function coreFor(file: string, exportedAs: "default" | "pipeline", inference: BundleOptions["inference"]): string {
  return [
    `export { ${exportedAs} as exported } from ${JSON.stringify(file)};`,
    'export * from "./handler";',
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

/** Of entries: a CommonJS file's default export is a property of what is imported. */
export const PIPELINE = "exported.default ?? exported";
