import { writeFileSync } from "node:fs";
import path from "node:path";
import { bundleFunction } from "../functions/gcp/bundle";
import { PIPELINE, withoutModel } from "./without-model";

/** Programs as files that Node can load. */
export interface GcpPrograms {
  /** Nothing at all. */
  bare: string;
  /** What we deploy, but for the model. */
  own: string;
  /** What we deploy, with the model in it. */
  inProcess: string;
  /** The same with the model at an endpoint. */
  endpoint: string;
  /** Google's client libraries for Pub/Sub, Firestore and BigQuery, as they are installed; no handler. */
  clients: string;
}

/** Not installed: @google-cloud/aiplatform, which a function for Vertex AI would need too and which alone takes 900 ms more. */
const CLIENTS = ["pubsub", "firestore", "bigquery"];

export async function makeGcpPrograms(folder: string): Promise<GcpPrograms> {
  const bundled = async (inference: "in-process" | "endpoint") => {
    const { directory } = await bundleFunction({
      pipelineFile: PIPELINE,
      inference,
      outDir: path.join(folder, "own"),
      platform: process.platform as "linux" | "darwin" | "win32",
      arch: process.arch as "arm64" | "x64",
    });
    return path.join(directory, "function", "index.mjs");
  };
  const written = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const imports = CLIENTS.map((name) => {
    const main = require.resolve(`@google-cloud/${name}`);
    return `require(${JSON.stringify(main)});`;
  });
  return {
    bare: written("bare.mjs", "export const handle = () => {};"),
    own: await withoutModel({
      cloud: "gcp",
      exports: "export const { handle } = await openHandler({ pipeline, inference, root: import.meta.dirname });",
      folder: path.join(folder, "without-model"),
    }),
    inProcess: await bundled("in-process"),
    endpoint: await bundled("endpoint"),
    clients: written("clients.cjs", imports.join("\n")),
  };
}
