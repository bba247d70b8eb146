import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../shared/errors";

/** What `model.json` beside a model may say of it; what it leaves out is read from the model itself. */
export interface Description {
  /** Features per row, for a model that does not state its width. */
  width?: number | undefined;
  /** The outputs to answer with. Default: all that can be read. */
  outputs?: readonly string[] | undefined;
}

/** A model on disk. */
export interface FoundModel {
  file: string;
  description: Description;
}

const NAME = "model.onnx";

/**
 * The model in the first of the folders that holds one: `model.onnx`, or the only other .onnx file, there or one folder
 * below, because Azure ML puts a registered folder into AZUREML_MODEL_DIR.
 * @throws ConfigError if there is none, if it is not clear which, or if its `model.json` is not as described.
 */
export async function findModel(folders: readonly string[]): Promise<FoundModel> {
  for (const folder of folders) {
    const file = await modelIn(folder);
    if (file !== undefined) return { file, description: await describe(path.join(path.dirname(file), "model.json")) };
  }
  throw new ConfigError(
    "there is no model.",
    `model server, ${folders.join(", ")}`,
    `Put ${NAME} there, or name its folder in SLUICE_MODEL_DIR.`,
  );
}

async function modelIn(folder: string): Promise<string | undefined> {
  const entries = await entriesOf(folder);
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(folder, name));
  const files = await Promise.all([folder, ...below].map(onnxIn));
  // The folder itself goes before those in it.
  const [here = [], ...others] = files;
  const found = here.length > 0 ? here : others.flat();
  const named = found.filter((file) => path.basename(file) === NAME);
  const [only, ...more] = named.length > 0 ? named : found;
  if (more.length === 0) return only;
  throw new ConfigError(
    `there are ${more.length + 1} models, and none alone is called ${NAME}.`,
    `model server, ${folder}`,
    `Leave one there, or call the one that is meant ${NAME}.`,
  );
}

async function onnxIn(folder: string): Promise<string[]> {
  const files = (await entriesOf(folder)).filter((entry) => !entry.isDirectory() && entry.name.endsWith(".onnx"));
  return files.map(({ name }) => path.join(folder, name));
}

/** A folder that is not there, or may not be read, holds no model. */
async function entriesOf(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

async function describe(file: string): Promise<Description> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return {};
  const { width, outputs } = record(file, text);
  if (width !== undefined && !(Number.isInteger(width) && Number(width) > 0))
    throw mistake(file, "`width` is not a positive whole number.");
  if (outputs !== undefined && !(isNames(outputs) && outputs.length > 0))
    throw mistake(file, "`outputs` is not a list of names.");
  return { width: width as number | undefined, outputs };
}

function record(file: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw mistake(file, "this is not a JSON object.");
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function mistake(file: string, what: string): ConfigError {
  return new ConfigError(
    what,
    file,
    'Write {"width": 30, "outputs": ["score"]}, or delete the file: both are optional.',
  );
}
