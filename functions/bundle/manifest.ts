import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

export interface ManifestFile {
  /** Relative to the function's folder, with slashes. */
  path: string;
  bytes: number;
  sha256: string;
}

/** What is in a function's package, in `manifest.json` beside it. */
export interface Manifest {
  pipeline: string;
  pipelineVersion: string;
  inference: "in-process" | "endpoint";
  /** The model as the predictions name it; the file is in the package only if inference is in process. */
  model: { file: string; sha256: string; version: string };
  target: { platform: string; arch: string };
  node: string;
  /** Version of onnxruntime-node in the package. */
  onnxruntime: string | undefined;
  /** All but the manifest itself, sorted by path. */
  files: ManifestFile[];
}

export interface Placed {
  /** The function's folder: `<outDir>/<hash>`. */
  directory: string;
  manifest: Manifest;
  /** Of the manifest, and so of everything in the package: the same inputs have the same. */
  hash: string;
}

/**
 * Fills a folder beside its place and moves it there when it is whole, so that nobody ever sees half a function. A folder
 * that is there already holds the same and stays.
 */
export async function place(
  outDir: string,
  fill: (folder: string) => Promise<Omit<Manifest, "files">>,
): Promise<Placed> {
  mkdirSync(outDir, { recursive: true });
  const partial = mkdtempSync(path.join(outDir, ".partial-"));
  try {
    const described = await fill(partial);
    makeReadable(partial);
    const manifest: Manifest = { ...described, files: filesOf(partial) };
    const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
    const hash = sha256(text).slice(0, 16);
    const directory = path.join(outDir, hash);
    writeFileSync(path.join(partial, "manifest.json"), text, { mode: 0o644 });
    if (!existsSync(directory)) move(partial, directory);
    return { directory, manifest, hash };
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function filesOf(folder: string): ManifestFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const content = readFileSync(file);
      const name = path.relative(folder, file).split(path.sep).join("/");
      return { path: name, bytes: content.length, sha256: sha256(content) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whatever the umask: the platform runs the function as a user of its own, and a file keeps its mode in the package. */
function makeReadable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const needed = entry.isDirectory() ? 0o755 : 0o644;
    // A file that is linked from elsewhere may be somebody else's, and mostly is readable already.
    if ((statSync(file).mode & needed) !== needed) chmodSync(file, needed);
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (thrown) {
    // Somebody else has put the same there in the meantime.
    if (!existsSync(to)) throw thrown;
  }
}
