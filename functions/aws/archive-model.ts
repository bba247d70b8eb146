import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { shown } from "../../adapters/shown";
import { ConfigError } from "../../shared/errors";
import { MODEL_FILE } from "../bundle/layout";
import { sha256 } from "../bundle/manifest";

export interface ArchiveOptions {
  modelFile: string;
  /** Where the archive is put. */
  outDir: string;
  /** What the model server is told of the model, as its `model.json`. */
  description?: { width?: number | undefined; outputs?: readonly string[] | undefined } | undefined;
}

/** A model as SageMaker takes it. */
export interface ModelArchive {
  /** `<outDir>/model-<hash>.tar.gz`. The name changes with the content: SageMaker does not look again at a name it has seen. */
  file: string;
  hash: string;
}

const DAY_ONE = new Date(0);

/**
 * Packs a model for SageMaker's `modelDataUrl`; it is unpacked at /opt/ml/model. The same model gives the same bytes.
 * @throws ConfigError if there is no such model.
 */
export async function archiveModel({ modelFile, outDir, description }: ArchiveOptions): Promise<ModelArchive> {
  if (!existsSync(modelFile))
    throw new ConfigError("there is no such file.", `model file ${shown(modelFile)}`, "Check `model.file`.");
  const archive = pack();
  const add = (name: string, content: Buffer | string) =>
    archive.entry({ name, mode: 0o644, mtime: DAY_ONE, uid: 0, gid: 0 }, content);
  add(MODEL_FILE, readFileSync(modelFile));
  if (description !== undefined) add("model.json", `${JSON.stringify(description)}\n`);
  archive.finalize();
  const tar = await buffer(archive);

  const hash = sha256(tar).slice(0, 16);
  const file = path.join(path.resolve(outDir), `model-${hash}.tar.gz`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(tar, { level: 9 }));
  return { file, hash };
}
