import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { ConfigError } from "../../shared/errors";
import { stageOnnxRuntime } from "../bundle/onnxruntime";
import type { Description } from "./find";

export interface BundleOptions {
  /** Gets all that `docker build` needs. */
  outDir: string;
  /** The .onnx file that goes into the image. Without one the platform mounts the model. */
  modelFile?: string | undefined;
  /** Of that model. */
  description?: Description | undefined;
  /** Of the onnxruntime library. Default x64: SageMaker's serverless endpoints, Cloud Run and Azure ML run nothing else. */
  arch?: "x64" | "arm64" | undefined;
}

/** What was put together. */
export interface ModelServerBundle {
  /** The server, to run with Node in its folder. */
  entry: string;
  /** Version of onnxruntime-node beside it. */
  onnxruntime: string;
}

/**
 * The container's content: `server.cjs`, `node_modules/` with onnxruntime for Linux, `model/` and the Dockerfile.
 * @throws ConfigError if the model cannot be read, or no onnxruntime for the platform.
 */
export async function bundleModelServer(options: BundleOptions): Promise<ModelServerBundle> {
  const { outDir, modelFile, description, arch = "x64" } = options;
  const entry = path.join(outDir, "server.cjs");
  await build({
    entryPoints: [path.join(__dirname, "main.ts")],
    outfile: entry,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minify: true,
    legalComments: "none",
    charset: "utf8",
    tsconfigRaw: {},
    // Its library is found by a path that is made of the platform's name.
    external: ["onnxruntime-node"],
    logLevel: "silent",
  });
  const onnxruntime = stageOnnxRuntime({ outDir, platform: "linux", arch });
  stageModel(path.join(outDir, "model"), modelFile, description);
  cpSync(path.join(__dirname, "Dockerfile"), path.join(outDir, "Dockerfile"));
  return { entry, onnxruntime };
}

/** The folder is made in any case: the Dockerfile copies it. What an earlier bundle left in it goes. */
function stageModel(folder: string, file: string | undefined, description: Description | undefined): void {
  const model = file === undefined ? undefined : read(file);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (model !== undefined) writeFileSync(path.join(folder, "model.onnx"), model);
  if (description !== undefined) writeFileSync(path.join(folder, "model.json"), JSON.stringify(description));
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError("the file cannot be read.", `model file ${file}`, "Check `model.file` of the pipeline.", {
      cause,
    });
  }
}
