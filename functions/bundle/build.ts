import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type BuildOptions, type BuildResult, build, type Plugin } from "esbuild";
import { pipelineMistake } from "../../adapters/pipeline-file";
import { builtinsPlugin, withoutLazyBuiltins } from "./builtins";
import { type BuiltFile, corePlugin, numberChunks } from "./chunks";
import { NODE } from "./layout";
import { type Replacements, replacePlugin } from "./replace";
import { namesLocales, zodPlugin } from "./zod";

export interface BundleCode {
  /** ES module text that exports all that is loaded at the start. Its relative imports start at `folder`. */
  core: string;
  folder: string;
  /** ES module text of the entry, which becomes `index.mjs` and imports from `sluice:core` alone. */
  entry: string;
  /** The user's, absolute: for messages. */
  pipelineFile: string;
  /** Packages that are put beside the bundle instead. */
  external: readonly string[];
  replacements?: Replacements | undefined;
  /** The major version of Node that it must run on. Default `NODE`. */
  node?: string | undefined;
}

type Run = BuildResult<BuildOptions & { write: false; metafile: true }>;

/** What is left out where nobody needs it. */
interface Lean {
  allLocales: boolean;
  keepsBareImports: boolean;
}

const ROOT = path.resolve(__dirname, "..", "..");
const OWN = ["shared", "adapters", "functions"].map((folder) => path.join(ROOT, folder) + path.sep);
const ENTRY = "index.mjs";

/** esbuild's stand-in for `require`, which an ES module does not have, begins so. */
const NEEDS_REQUIRE = 'Dynamic require of "';
const MAKE_REQUIRE = 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/**
 * A function's code as minified ES modules: what is imported lazily is a file of its own, loaded when it is needed. The
 * same sources give the same bytes, wherever they lie.
 * @throws ConfigError if the pipeline, or what it imports, cannot be bundled.
 */
export async function buildCode(code: BundleCode): Promise<BuiltFile[]> {
  const lean = await run(code, { allLocales: false, keepsBareImports: false });
  const keepsBareImports = lean.warnings.some(({ id }) => id === "ignored-bare-import");
  const allLocales = usersFiles(lean).some((file) => namesLocales(readFileSync(file, "utf8")));
  const built = keepsBareImports || allLocales ? await run(code, { allLocales, keepsBareImports }) : lean;
  const files = new Map(built.outputFiles.map(({ path: file, text }) => [path.basename(file), finished(text)]));
  return numberChunks(files, ENTRY);
}

async function run(code: BundleCode, lean: Lean): Promise<Run> {
  const { core, entry, folder, pipelineFile, external, replacements = {}, node = NODE } = code;
  try {
    return await build({
      stdin: { contents: entry, resolveDir: folder, sourcefile: ENTRY },
      absWorkingDir: ROOT,
      outdir: ROOT,
      write: false,
      metafile: true,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: `node${node}`,
      // The ES module form of packages: it is smaller, because what is not used can be dropped.
      mainFields: ["module", "main"],
      conditions: ["module", "import", "node"],
      minify: true,
      legalComments: "none",
      entryNames: "index",
      chunkNames: "chunk-[hash]",
      outExtension: { ".js": ".mjs" },
      // As the command line: a tsconfig.json of the user's has no say in how a pipeline is read.
      tsconfigRaw: {},
      alias: { sluice: path.join(ROOT, "shared", "index.ts") },
      external: [...external],
      plugins: [
        builtinsPlugin,
        corePlugin(core, folder),
        replacePlugin(replacements),
        zodPlugin(lean),
        usersFilesPlugin(lean),
      ],
      logLevel: "silent",
    });
  } catch (thrown) {
    throw pipelineMistake(thrown, pipelineFile);
  }
}

function finished(text: string): string {
  const code = withoutLazyBuiltins(text);
  return code.includes(NEEDS_REQUIRE) ? MAKE_REQUIRE + code : code;
}

/**
 * Lets esbuild drop the user's files of which nothing is used, such as the generator of sample events beside a pipeline.
 * Where one is imported for its effect alone (`import "./setup"`), esbuild says so, and all are kept.
 */
function usersFilesPlugin({ keepsBareImports }: Lean): Plugin {
  return {
    name: "users-files",
    setup(build) {
      if (keepsBareImports) return;
      build.onResolve({ filter: /^\.\.?\// }, async ({ path: name, pluginData, ...place }) => {
        if (pluginData === ASKING || !isUsers(place.importer)) return undefined;
        const found = await build.resolve(name, { ...place, pluginData: ASKING });
        return found.errors.length === 0 ? { ...found, sideEffects: false } : undefined;
      });
    },
  };
}

const ASKING = Symbol("the default resolution is being asked");

function usersFiles({ metafile }: Run): string[] {
  return (
    Object.keys(metafile.inputs)
      .map((input) => path.resolve(ROOT, input))
      // What the plugins made is no file.
      .filter((file) => existsSync(file) && isUsers(file))
  );
}

function isUsers(file: string): boolean {
  return !file.includes(`${path.sep}node_modules${path.sep}`) && !OWN.some((folder) => file.startsWith(folder));
}
