import { build } from "esbuild";

/** A file that the platform starts, and that is no ES module. */
export interface Launcher {
  /** Of the file, in the package. */
  name: string;
  /** Text of a CommonJS module, with everything in it but what is external. Its relative imports start at the kind's folder. */
  entry: string;
  /** What is there when it runs: files of the package, modules of the platform. */
  external: readonly string[];
  /** Whose code is in it. */
  notice: string;
}

export interface LauncherTarget {
  folder: string;
  /** The major version of Node that it must run on. */
  node: string;
}

/** A launcher as one minified file. The same sources give the same bytes, wherever they lie. */
export async function buildLauncher(launcher: Launcher, { folder, node }: LauncherTarget): Promise<string> {
  const { name, entry, external, notice } = launcher;
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: folder, sourcefile: name },
    absWorkingDir: folder,
    write: false,
    bundle: true,
    format: "cjs",
    platform: "node",
    target: `node${node}`,
    minify: true,
    legalComments: "none",
    banner: { js: `/* ${notice} */` },
    tsconfigRaw: {},
    external: [...external],
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}
