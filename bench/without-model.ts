import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buildCode } from "../functions/bundle/build";
import { CORE } from "../functions/bundle/chunks";
import { PIPELINE as EXPORTED } from "../functions/bundle/function";

const ROOT = path.join(__dirname, "..");
export const PIPELINE = path.join(ROOT, "examples", "card-fraud", "pipeline.ts");

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

export interface WithoutModelOptions {
  /** Of its sources below `functions`. */
  cloud: string;
  /** What the entry exports, from `pipeline`, `inference` and what `handler.ts` has. */
  exports: string;
  /** Where the code is put. */
  folder: string;
  node?: string | undefined;
  /** Packages that the code never loads. */
  external?: readonly string[] | undefined;
}

/** A cloud's function as it is bundled, but for the model; its main file. */
export async function withoutModel(options: WithoutModelOptions): Promise<string> {
  const { cloud, exports, folder, node, external = [] } = options;
  const exported = `export { default as exported } from ${JSON.stringify(PIPELINE)};`;
  const code = await buildCode({
    core: `${exported} export * from "./handler"; export const inference = ${NO_MODEL};`,
    entry: `import { exported, inference, openHandler } from "${CORE}"; const pipeline = ${EXPORTED}; ${exports}`,
    folder: path.join(ROOT, "functions", cloud),
    pipelineFile: PIPELINE,
    external,
    node,
  });
  mkdirSync(folder, { recursive: true });
  for (const { name, contents } of code) writeFileSync(path.join(folder, name), contents);
  return path.join(folder, "index.mjs");
}
