import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { buildSync } from "esbuild";
import { ConfigError } from "../../shared/errors";
import { NODE } from "./layout";

export interface StageOptions {
  /** The package folder; `node_modules` is made in it. */
  outDir: string;
  platform: "linux" | "darwin" | "win32";
  arch: "arm64" | "x64";
  /** The major version of Node that its scripts must run on. Default `NODE`. */
  node?: string | undefined;
}

const PACKAGE = "onnxruntime-node";

/** Older ones abort on Lambda's arm64, whose /sys hides the processors (microsoft/onnxruntime#10038). */
const LEAST = [1, 23, 2] as const;

/**
 * Copies onnxruntime-node for one platform: all platforms together have 288 MB, and a function may have 250. The packages
 * that its installer uses stay out as well.
 * @returns the version copied.
 * @throws ConfigError if it is not installed, too old, or has no library for that platform.
 */
export function stageOnnxRuntime({ outDir, platform, arch, node = NODE }: StageOptions): string {
  const where = `${PACKAGE} for ${platform}/${arch}`;
  const source = packageFolder();
  const version = versionOf(source);
  if (isOlder(version))
    throw new ConfigError(
      `version ${version} is installed, and it crashes on Lambda's arm64.`,
      where,
      `Install ${LEAST.join(".")} or newer: \`npm install ${PACKAGE}@latest\`.`,
    );
  const library = path.join("bin", "napi-v6", platform, arch);
  if (!statSync(path.join(source, library), { throwIfNoEntry: false }))
    throw new ConfigError(
      `version ${version} has no library for it.`,
      where,
      "Choose another architecture, or inference at an endpoint.",
    );
  const target = path.join(outDir, "node_modules", PACKAGE);
  mkdirSync(path.join(target, "dist"), { recursive: true });
  copyFileSync(path.join(source, "package.json"), path.join(target, "package.json"));
  writeFileSync(path.join(target, "dist", "index.js"), codeOf(source, node));
  mkdirSync(path.join(target, library), { recursive: true });
  for (const name of readdirSync(path.join(source, library)))
    linkOrCopy(path.join(source, library, name), path.join(target, library, name));
  return version;
}

/** A link costs no space: every change of a pipeline makes a package, and the library in it has up to 46 MB. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(realpathSync(from), to);
  } catch {
    // On another disk, or on one that has no links.
    copyFileSync(from, to);
  }
}

/** The package's scripts and those of onnxruntime-common in one file: reading some thirty takes 8 ms of each start. */
function codeOf(source: string, node: string): string {
  const common = createRequire(path.join(source, "index.js"))("onnxruntime-common") as object;
  const { outputFiles } = buildSync({
    absWorkingDir: source,
    entryPoints: [path.join("dist", "index.js")],
    write: false,
    bundle: true,
    platform: "node",
    target: `node${node}`,
    minify: true,
    external: ["../bin/*"],
    banner: { js: "/* onnxruntime-node and onnxruntime-common: Copyright (c) Microsoft Corporation, MIT License */" },
    // For Node, which finds the names that an ES module can import by looking for assignments.
    footer: {
      js: `0&&(${Object.keys(common)
        .map((name) => `exports.${name}=`)
        .join("")}0);`,
    },
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

function packageFolder(): string {
  try {
    return path.dirname(require.resolve(`${PACKAGE}/package.json`));
  } catch (cause) {
    throw new ConfigError("it is not installed.", PACKAGE, "Run `npm ci` in Sluice's folder.", { cause });
  }
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { version: string }).version;
}

/** Whether a version is older than what runs on Lambda. */
export function isOlder(version: string): boolean {
  const parts = version.split(/[.-]/).map(Number);
  const at = LEAST.findIndex((part, i) => parts[i] !== part);
  return at !== -1 && parts[at]! < LEAST[at]!;
}
