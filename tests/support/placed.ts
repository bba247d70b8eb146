import { readFileSync } from "node:fs";
import path from "node:path";
import type { DeadLetter, Pipeline } from "sluice";
import { onnxInfer } from "../../adapters/onnx";
import type { Placed } from "../../functions/bundle/manifest";
import { bench } from "./engine";
import { delivery } from "./records";

/** What a bundled function's processes run on in a test. */
export const HERE = {
  platform: process.platform as "linux" | "darwin" | "win32",
  arch: process.arch as "arm64" | "x64",
};

export const KB = 1024;
export const MB = KB * KB;

export function contentsOf({ directory, manifest }: Placed): Record<string, Uint8Array> {
  return Object.fromEntries(manifest.files.map(({ path: name }) => [name, readFileSync(path.join(directory, name))]));
}

export function bytesOf({ manifest }: Placed, counts: (name: string) => boolean = () => true): number {
  return manifest.files.filter((file) => counts(file.path)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes of the code of ours. */
export function codeOf(placed: Placed): number {
  return bytesOf(placed, (name) => name.endsWith(".mjs"));
}

export function textOf({ directory, manifest }: Placed): string {
  const code = manifest.files.filter((file) => file.path.endsWith(".mjs"));
  return code.map((file) => readFileSync(path.join(directory, file.path), "utf8")).join("\n");
}

/** What a file imports at once. */
export function importsOf({ directory }: Placed, name: string): string[] {
  const text = readFileSync(path.join(directory, name), "utf8");
  return [...text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, imported]) => imported ?? "");
}

/** The same events through the same engine in this process, over memory. */
export async function processedHere(pipeline: Pipeline, modelDir: string, bodies: readonly (string | Uint8Array)[]) {
  const { engine, state } = bench();
  const infer = onnxInfer({ pipeline, baseDir: modelDir });
  await engine({ pipeline, infer }).processBatch(delivery(bodies));
  await infer.close();
  return state;
}

export function codes(letters: readonly DeadLetter[]): string[] {
  return letters.map(({ code }) => code).sort();
}

/** Rows without what differs from run to run. */
export function byId<T extends { id: string }>(rows: readonly T[]) {
  return new Map(rows.map(({ ...row }) => [row.id, { ...row, storedAt: 0 }]));
}
