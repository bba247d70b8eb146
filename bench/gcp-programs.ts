import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildCode } from "../functions/bundle/build";
import { CORE } from "../functions/bundle/chunks";
import { PIPELINE as EXPORTED } from "../functions/bundle/function";
import { bundleFunction } from "../functions/gcp/bundle";

const ROOT = path.join(__dirname, "..");
const PIPELINE = path.join(ROOT, "examples", "card-fraud", "pipeline.ts");

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

/** Predicts at once, and needs nothing. */
const NO_MODEL = `{
  mode: "in-process",
  maxInFlight: 1,
  open: () => ({
    capabilities: { where: "in-process", maxRows: 1000, maxRequestBytes: undefined },
    warmUp: async () => ({ version: "none", width: 0 }),
    infer: async () => ({}),
    close: async () => {},
  }),
}`;

const ENTRY = `
import { exported, inference, openHandler } from "${CORE}";
const pipeline = ${EXPORTED};
export const { handle } = await openHandler({ pipeline, inference, root: import.meta.dirname });
`;

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
    own: await withoutModel(path.join(folder, "without-model")),
    inProcess: await bundled("in-process"),
    endpoint: await bundled("endpoint"),
    clients: written("clients.cjs", imports.join("\n")),
  };
}

/** Bundled as the function is, into a folder of its own; its main file. */
async function withoutModel(folder: string): Promise<string> {
  const exported = `export { default as exported } from ${JSON.stringify(PIPELINE)};`;
  const code = await buildCode({
    core: `${exported} export * from "./handler"; export const inference = ${NO_MODEL};`,
    entry: ENTRY,
    folder: path.join(ROOT, "functions", "gcp"),
    pipelineFile: PIPELINE,
    external: [],
  });
  mkdirSync(folder);
  for (const { name, contents } of code) writeFileSync(path.join(folder, name), contents);
  return path.join(folder, "index.mjs");
}
