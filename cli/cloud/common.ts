import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { LoadedPipeline } from "../../adapters/pipeline-file";
import type { BundleOptions } from "../../functions/bundle/function";
import { startModelServer } from "../../functions/model-server/server";
import { clip } from "../../shared/errors";
import type { TelemetryEvent } from "../../shared/telemetry";
import { HOME } from "../database";
import type { EmulatedOptions } from "./emulated";

/** Lines of the function's log that are shown; a function that fails says the same again and again. */
const MOST_NOTES = 10;

/** The function's log: `line` takes each line of it, `last` is the last one that was no batch's numbers. */
export interface FunctionLog {
  line(line: string): void;
  last(): string;
}

/** How the function is bundled to run here: the same files, but the model runtime of this machine. */
export function bundleHere(cloud: string, { loaded, inference }: EmulatedOptions): BundleOptions {
  return {
    pipelineFile: loaded.file,
    modelFile: loaded.modelFile,
    inference,
    outDir: path.resolve(HOME, "build", cloud),
    platform: process.platform as "linux" | "darwin" | "win32",
    arch: process.arch as "arm64" | "x64",
  };
}

/** The model server, as its image runs it, with the pipeline's model. */
export async function openModel({ modelFile, pipeline }: LoadedPipeline) {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-model-"));
  copyFileSync(modelFile, path.join(directory, "model.onnx"));
  writeFileSync(path.join(directory, "model.json"), JSON.stringify({ outputs: Object.keys(pipeline.model.outputs) }));
  const server = await startModelServer({ modelDirs: [directory] });
  const close = async () => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  };
  await startedOr(close, server.ready);
  return { url: server.url, close };
}

/** What the function writes: its batches' numbers, and otherwise what people should see. */
export function createLog(
  { telemetry, note }: EmulatedOptions,
  parse: (line: string) => TelemetryEvent | undefined,
): FunctionLog {
  let notes = 0;
  let last = "";
  return {
    last: () => last,
    line: (line: string) => {
      const batch = parse(line);
      if (batch) return telemetry(batch);
      last = clip(line, 500);
      if (++notes <= MOST_NOTES) note(`function: ${last}`);
    },
  };
}

/** Once everything has started; if it does not, what stands already is closed, because it would keep the process alive. */
export async function startedOr(close: () => Promise<void>, started: Promise<unknown>): Promise<void> {
  try {
    await started;
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Once the signal aborts; not an error. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
