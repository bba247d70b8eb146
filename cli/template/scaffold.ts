import { constants, copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";

export interface Scaffolded {
  directory: string;
  /** What was written, and what it is. */
  files: Record<string, string>;
}

const ROOT = path.resolve(__dirname, "..", "..");

const FILES = {
  "pipeline.ts": "the pipeline: schema, features, model, prediction",
  "model.onnx": "a model that can be scored at once",
  "make_model.py": "how that model was made, and where yours goes",
  "events.ndjson": "events to try it with",
  "README.md": "what to change, step by step",
  "tsconfig.json": "lets an editor know Sluice's types",
} as const;

/** Writes a pipeline that works into a directory. @throws ConfigError if a file of one of these names is there. */
export function scaffold(directory: string): Scaffolded {
  const target = path.resolve(directory);
  const where = `directory ${shown(target)}`;
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new ConfigError("this is a file.", where, "Name a new directory.");
  const taken = Object.keys(FILES).find((name) => existsSync(path.join(target, name)));
  if (taken !== undefined)
    throw new ConfigError(
      `it has a file ${taken} already, and nothing is overwritten.`,
      where,
      "Name a new directory.",
    );
  try {
    mkdirSync(target, { recursive: true });
    for (const name of Object.keys(FILES)) write(name, target);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`it cannot be written (${code}).`, where, "Name a directory in which this user may write.", {
      cause,
    });
  }
  return { directory: target, files: FILES };
}

function write(name: string, target: string): void {
  const from = path.join(__dirname, `${name}.txt`);
  const to = path.join(target, name);
  if (name === "model.onnx") {
    copyFileSync(path.join(__dirname, name), to, constants.COPYFILE_EXCL);
    return;
  }
  // The templates are not programs of this project, so their names do not say that they are.
  const text = readFileSync(from, "utf8").replaceAll("{{root}}", relativeRoot(target));
  writeFileSync(to, text, { flag: "wx" });
}

/** From the new directory to this installation, as a tsconfig.json says it. */
function relativeRoot(target: string): string {
  const relative = path.relative(target, ROOT).split(path.sep).join("/");
  return relative.startsWith("..") ? relative : `./${relative}`;
}
