import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, jest } from "@jest/globals";

const SCRIPT = path.resolve(__dirname, "..", "..", "cli", "sluice.cjs");

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  ended: Promise<Ended>;
  /** Resolves once standard error has this text. */
  says(text: string): Promise<void>;
  /** Resolves with the first line on standard output. */
  prints(): Promise<string>;
}

export interface SluiceOptions {
  /** Working directory. */
  cwd: string;
  /** For standard input, which is empty otherwise. */
  input?: string | Uint8Array;
  /** Variables besides this process's own. */
  env?: Readonly<Record<string, string>>;
  /** Leaves standard input open, like a pipe whose other end has nothing to say. */
  keepsOpen?: boolean;
}

/** A process takes some 0.5 s to start, and a test starts several; on a busy machine it is more. */
jest.setTimeout(60_000);

/** Starts the real command in a process of its own. */
export function startSluice(
  args: readonly string[],
  { cwd, input = "", env: extra = {}, keepsOpen = false }: SluiceOptions,
): Running {
  const env = { ...process.env, NO_COLOR: "1", ...extra };
  const child = spawn(process.execPath, [SCRIPT, ...args], { cwd, env, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  if (keepsOpen) child.stdin.write(input);
  else child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve();
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`ended without saying ${JSON.stringify(text)}: ${stderr}`)));
      look();
    });
  const prints = () =>
    new Promise<string>((resolve, reject) => {
      const look = () => stdout.includes("\n") && resolve(stdout.slice(0, stdout.indexOf("\n")));
      child.stdout.on("data", look);
      child.on("close", () => reject(new Error(`ended without a word: ${stderr}`)));
      look();
    });
  return { process: child, ended, says, prints };
}

export function sluice(args: readonly string[], options: SluiceOptions): Promise<Ended> {
  return startSluice(args, options).ended;
}

/** The one JSON document of a command that was given `--json`. */
export async function sluiceJson<T>(args: readonly string[], options: SluiceOptions): Promise<T> {
  const { stdout, stderr, code } = await sluice([...args, "--json"], options);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** One row of `sluice predictions --json`. */
export interface PredictionRow {
  id: string;
  key: string;
  time: number;
  prediction: Record<string, unknown>;
  truth: number | null;
  storedAt: number;
}

/** All predictions in the order of their ids, without the time at which they were stored: what two runs are compared by. */
export async function storedPredictions(
  cwd: string,
  ...more: readonly string[]
): Promise<Omit<PredictionRow, "storedAt">[]> {
  const { stdout } = await sluice(["predictions", "--limit", "all", "--json", ...more], { cwd });
  const rows = stdout.split("\n").filter((line) => line !== "");
  return rows
    .map((line) => {
      const { storedAt: _, ...row } = JSON.parse(line) as PredictionRow;
      return row;
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const directories: string[] = [];

/** An empty directory of the test file's own, deleted after its tests. */
export function scratch(): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sluice-cli-"));
  directories.push(directory);
  return directory;
}

afterAll(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});
