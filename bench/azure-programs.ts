import { cpSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bundleFunction } from "../functions/azure/bundle";
import { PIPELINE, withoutModel } from "./without-model";

/** Programs as files that Node can load. */
export interface AzurePrograms {
  /** Nothing at all. */
  bare: string;
  /** What we deploy, but for the model. */
  own: string;
  /** What we deploy, with the model in it. */
  inProcess: string;
  /** The same with the model at an endpoint. */
  endpoint: string;
  /** What a function for these services would load of Microsoft's own, as it is installed; no handler. */
  sdks: string;
}

const SDKS = ["functions", "cosmos", "storage-blob", "storage-queue", "identity"];

export async function makeAzurePrograms(folder: string): Promise<AzurePrograms> {
  const bundled = async (inference: "in-process" | "endpoint") => {
    const { directory } = await bundleFunction({
      pipelineFile: PIPELINE,
      inference,
      outDir: path.join(folder, "own"),
      platform: process.platform as "linux" | "darwin" | "win32",
      arch: process.arch as "arm64" | "x64",
    });
    return path.join(directory, "index.cjs");
  };
  const written = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const imports = SDKS.map((name) => `require(${JSON.stringify(require.resolve(`@azure/${name}`))});`);
  const endpoint = await bundled("endpoint");
  return {
    bare: written("bare.cjs", ""),
    own: await modelless(path.dirname(endpoint), path.join(folder, "without-model")),
    inProcess: await bundled("in-process"),
    endpoint,
    sdks: written("sdks.cjs", imports.join("\n")),
  };
}

/** A package with other code in it; its main file. */
async function modelless(deployed: string, folder: string): Promise<string> {
  cpSync(deployed, folder, { recursive: true });
  const code = path.join(folder, "function");
  rmSync(code, { recursive: true });
  await withoutModel({
    cloud: "azure",
    exports: "export const open = (signal) => openHandler({ pipeline, inference, root: import.meta.dirname, signal });",
    folder: code,
    node: "22",
    external: ["@azure/identity"],
  });
  return path.join(folder, "index.cjs");
}
