import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { InferenceMode } from "../../cli/cloud/emulated";
import type { RunSummary } from "../../cli/run/summary";
import type { PlatformRun } from "./compare";

export interface PlatformOptions {
  /** `local`, or a cloud. */
  platform: string;
  inference: InferenceMode;
  pipeline?: string | undefined;
  count: number;
  seed: number;
  /** Where the runs keep what they stored. */
  directory: string;
}

export interface Measured extends PlatformRun {
  throughput: number;
}

const SLUICE = path.resolve(__dirname, "..", "..", "cli", "sluice.cjs");
/** Some 300 bytes per prediction. */
const MOST_OUTPUT = 1024 * 1024 * 1024;
const execute = promisify(execFile);

/** What the command said when it failed, and its exit code: 2 for a mistake of the user's. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command as users give it, in a process of its own, and what it stored. @throws CommandFailed */
export async function runOn(options: PlatformOptions): Promise<Measured> {
  const { platform, inference, pipeline, count, seed, directory } = options;
  const database = ["--database", path.join(directory, platform)];
  const place = platform === "local" ? [] : ["--cloud", platform, "--inference", inference];
  const events = ["--count", String(count), "--seed", String(seed), ...(pipeline ? ["--pipeline", pipeline] : [])];
  const summary = JSON.parse(
    await sluice(["run", ...place, ...events, ...database, "--no-report", "--json"]),
  ) as RunSummary;
  const rows = await lines(["predictions", "--limit", "all", "--features", "--json", ...database]);
  const letters = await lines(["dead-letters", "export", "--out", "-", ...database]);
  return {
    platform,
    predictions: new Map(rows.map(predictionOf)),
    letters: letters.map(letterOf),
    outcome: outcomeOf(summary),
    throughput: summary.throughput,
  };
}

function outcomeOf({ accepted, stored, duplicates, deadLettered, actions, modelVersion, conservation }: RunSummary) {
  const conserved = conservation.holds && conservation.missing === 0;
  return { accepted, stored, duplicates, deadLettered: deadLettered.byReason, actions, modelVersion, conserved };
}

function predictionOf(line: string): [name: string, text: string] {
  const { storedAt: _, key, id, ...row } = JSON.parse(line);
  return [`${JSON.stringify(key)} ${JSON.stringify(id)}`, JSON.stringify(row)];
}

function letterOf(line: string): string {
  const { body, code, message } = JSON.parse(line);
  return JSON.stringify([body, code, message]);
}

async function lines(args: readonly string[]): Promise<string[]> {
  return (await sluice(args)).split("\n").filter((line) => line !== "");
}

async function sluice(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(process.execPath, [SLUICE, ...args], { maxBuffer: MOST_OUTPUT });
    return stdout;
  } catch (thrown) {
    const { stderr = "", message, code } = thrown as { stderr?: string; message: string; code?: unknown };
    const said = stderr.trim().split("\n").at(-1) || message;
    throw new CommandFailed(`\`sluice ${args[0]}\` failed: ${said}`, code === 2 ? 2 : 1);
  }
}
