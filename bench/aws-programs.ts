import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundleFunction } from "../functions/aws/bundle";

const ROOT = path.join(__dirname, "..");
const EXAMPLE = path.join(ROOT, "examples", "card-fraud");
const PIPELINE = path.join(EXAMPLE, "pipeline.ts");

/** Programs that do the same work, as files that Node can load. */
export interface Programs {
  /** Nothing at all. */
  bare: string;
  /** What we deploy. */
  own: string;
  /** The same sources through `esbuild --bundle --platform=node`. */
  bundled: string;
  /** The same sources, with the packages and all clients as they are installed. */
  unbundled: string;
  /** The pipeline by hand. */
  raw: string;
}

/** What we deploy, without `await` at the top level: CommonJS, esbuild's default, has none. */
const SAME = `
  import pipeline from ${JSON.stringify(PIPELINE)};
  import { openHandler } from "./handler";
  import { inference } from "./in-process";
  export const ready = openHandler({ pipeline, inference, root: __dirname });
`;

const CLIENTS = ["client-dynamodb", "client-s3", "client-eventbridge"].map((name) => `import "@aws-sdk/${name}";`);

export async function makePrograms(folder: string): Promise<Programs> {
  const { directory } = await bundleFunction({
    pipelineFile: PIPELINE,
    inference: "in-process",
    outDir: path.join(folder, "own"),
    platform: process.platform as "linux" | "darwin" | "win32",
    arch: process.arch as "arm64" | "x64",
  });
  const bare = path.join(folder, "bare.mjs");
  writeFileSync(bare, "export const handler = () => {};");
  return {
    bare,
    own: path.join(directory, "index.mjs"),
    bundled: await compile(folder, "bundled", { stdin: same(SAME), external: ["onnxruntime-node"] }),
    unbundled: await compile(folder, "unbundled", {
      stdin: same(CLIENTS.join("\n") + SAME),
      packages: "external",
    }),
    raw: await compile(folder, "raw", {
      entryPoints: [path.join(__dirname, "aws-raw.ts")],
      external: ["onnxruntime-node"],
    }),
  };
}

function same(contents: string) {
  return { contents, resolveDir: path.join(ROOT, "functions", "aws") };
}

/** With esbuild's defaults, but for what is said; the model and the installed packages beside it. */
async function compile(folder: string, name: string, options: BuildOptions): Promise<string> {
  const outfile = path.join(folder, name, "index.cjs");
  mkdirSync(path.dirname(outfile));
  copyFileSync(path.join(EXAMPLE, "model.onnx"), path.join(folder, name, "model.onnx"));
  symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, name, "node_modules"), "junction");
  await build({ bundle: true, platform: "node", outfile, logLevel: "error", ...options });
  return outfile;
}
