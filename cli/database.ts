import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { LocalDatabase } from "../adapters/local";
import { shown } from "../adapters/shown";
import { ConfigError } from "../shared/errors";
import type { Pipeline } from "../shared/pipeline";

/** Databases are here unless `--database` says otherwise, one directory for each pipeline. */
export const HOME = ".sluice";

/** What a database directory may hold; `--fresh` deletes nothing else. */
const OWN_FILE = /^(control|(log|store)-\d+)\.db(-wal|-shm|-journal)?$|^report\.html$/;

export function databaseDirectory(pipeline: Pipeline, directory: string | undefined): string {
  return path.resolve(directory ?? path.join(HOME, pipeline.name));
}

export interface OpenOptions {
  directory: string;
  pipeline: Pipeline;
  partitions?: number | undefined;
  /** Whether to create it if it is not there. Default true. */
  create?: boolean;
}

/** Opens a database to work with it. @throws ConfigError if the directory holds anything else, or another pipeline's database. */
export async function openDatabase({ create = true, ...options }: OpenOptions): Promise<LocalDatabase> {
  const { openLocal } = await import("../adapters/local");
  if (create) checkUsable(options.directory);
  return openLocal({ ...options, create });
}

/** Opens a database only to look at it: the one named, the pipeline's, or the only one there is. */
export async function findDatabase(options: {
  database?: string | undefined;
  pipeline?: Pipeline | undefined;
}): Promise<LocalDatabase> {
  const { openLocal } = await import("../adapters/local");
  const { pipeline } = options;
  const directory = pipeline ? databaseDirectory(pipeline, options.database) : (options.database ?? onlyOne());
  return openLocal({ directory: path.resolve(directory), pipeline, create: false });
}

/** Deletes a database's files. @throws ConfigError if the directory holds no database of this pipeline. */
export async function emptyDatabase(directory: string, pipeline: Pipeline): Promise<boolean> {
  if (!existsSync(directory)) return false;
  checkUsable(directory);
  if (!existsSync(path.join(directory, "control.db"))) return false;
  const { openLocal } = await import("../adapters/local");
  await openLocal({ directory, pipeline, create: false }).close();
  for (const name of readdirSync(directory)) if (OWN_FILE.test(name)) rmSync(path.join(directory, name));
  return true;
}

/** Whether commands find this database without being told where it is. */
export function isOnlyDatabase(directory: string): boolean {
  const names = databaseNames();
  return names.length === 1 && path.resolve(HOME, names[0] ?? "") === directory;
}

function databaseNames(): string[] {
  return existsSync(HOME) ? readdirSync(HOME).filter((name) => existsSync(path.join(HOME, name, "control.db"))) : [];
}

function onlyOne(): string {
  const names = databaseNames();
  if (names.length === 1) return path.join(HOME, names[0] ?? "");
  const where = `directory ${shown(path.resolve(HOME))}`;
  if (names.length === 0)
    throw new ConfigError(
      "there is no database here.",
      where,
      "Make one with `sluice run`, or name its directory with `--database`.",
    );
  throw new ConfigError(
    `there are ${names.length} databases here: ${names.slice(0, 5).join(", ")}${names.length > 5 ? " ..." : ""}.`,
    where,
    `Name one, as in \`--database ${path.join(HOME, names[0] ?? "")}\`.`,
  );
}

/** A directory with other things in it is somebody's home, not a place for a database. */
function checkUsable(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (!found) return;
  const where = `directory ${shown(directory)}`;
  const fix = "Name a new or an empty directory with `--database`.";
  if (!found.isDirectory()) throw new ConfigError("this is a file.", where, fix);
  const stranger = readdirSync(directory).find((name) => !OWN_FILE.test(name));
  if (stranger !== undefined && !existsSync(path.join(directory, "control.db")))
    throw new ConfigError(`it holds other things (${JSON.stringify(stranger)}) and no Sluice database.`, where, fix);
}
