import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Zippable, zipSync } from "fflate";

export interface Zip {
  file: string;
  sha256: string;
}

/** The first day that a zip can name. Local time, as zips have it. */
const MODIFIED = new Date(1980, 0, 1);

/** Of files that everybody may read. Without it the host on Linux may not read them, and finds no function without a word. */
const READABLE = { os: 3, attrs: 0o100644 << 16 };

/**
 * Packs a folder into a zip beside it. The same folder gives the same bytes: names in order, one date for all. A folder's
 * name is of its content, so a zip that is there already is not made again.
 */
export function zipFolder(folder: string): Zip {
  const file = `${folder}.zip`;
  if (!existsSync(file)) {
    const half = `${file}.${process.pid}`;
    writeFileSync(half, zipSync(entriesOf(folder), { level: 6, mtime: MODIFIED }));
    renameSync(half, file);
  }
  return { file, sha256: createHash("sha256").update(readFileSync(file)).digest("hex") };
}

function entriesOf(folder: string): Zippable {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
  return Object.fromEntries(files.map((name) => [name, [readFileSync(path.join(folder, name)), READABLE]]));
}
