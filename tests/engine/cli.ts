import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, readFileSync, renameSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** The oldest CLI that speaks the protocol of the SDK that is installed. */
const OLDEST = [3, 200];
const PROGRESS_MS = 30_000;

/** Cannot go on, for a reason that the person at the keyboard can remove. */
export class CliMissing extends Error {
  override readonly name = "CliMissing";
}

export interface Cli {
  path: string;
  version: string;
  /** Where it was found, for the first line of the output. */
  origin: "PATH" | "cache" | "built";
}

/**
 * A `pulumi` that is new enough: the one on PATH, or the pinned one from the cache, or the pinned one built with Go into the
 * cache, which takes minutes the first time. `report` is called with each line of progress.
 */
export async function findCli(report: (line: string) => void): Promise<Cli> {
  const onPath = findOnPath("pulumi");
  if (onPath) {
    const version = await versionOf(onPath);
    if (isNewEnough(version)) return { path: onPath, version, origin: "PATH" };
    report(`${onPath} is ${version}, older than ${OLDEST.join(".")}: not used`);
  }
  const pinned = pinnedVersion();
  const cached = path.join(cacheFolder(pinned), "pulumi");
  if (isExecutable(cached)) return { path: cached, version: pinned, origin: "cache" };
  await build(cached, pinned, report);
  return { path: cached, version: pinned, origin: "built" };
}

/** A program's path, looked up as a shell does; undefined if there is none. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => path.resolve(folder, name)).find(isExecutable);
}

async function build(target: string, version: string, report: (line: string) => void): Promise<void> {
  const go = findOnPath("go");
  if (!go) {
    throw new CliMissing(
      `tests/engine needs the Pulumi CLI, ${OLDEST.join(".")} or newer. Either put \`pulumi\` on PATH ` +
        "(https://www.pulumi.com/docs/install), or install Go 1.26 or newer (https://go.dev/dl), " +
        `with which this command builds Pulumi ${version} once into ${path.dirname(target)}.`,
    );
  }
  mkdirSync(path.dirname(target), { recursive: true });
  report(`building Pulumi ${version} with Go into ${path.dirname(target)}: 4 to 5 minutes the first time`);
  const started = Date.now();
  const ticking = setInterval(() => report(`  still building, ${seconds(started)}`), PROGRESS_MS);
  const partial = `${target}.${process.pid}`;
  try {
    await execute(go, buildArguments(partial, version), __dirname);
    renameSync(partial, target);
  } catch (error) {
    throw new CliMissing(`Go could not build Pulumi ${version}: ${(error as Error).message}`);
  } finally {
    clearInterval(ticking);
  }
  report(`built in ${seconds(started)}`);
}

function buildArguments(output: string, version: string): string[] {
  const stamp = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`;
  // The tags are those of the official release; -s -w halves the file.
  return [
    ...["build", "-tags", "osusergo,grpcnotrace", "-ldflags", `-s -w ${stamp}`],
    ...["-o", output, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
  ];
}

function pinnedVersion(): string {
  const module = readFileSync(path.join(__dirname, "go.mod"), "utf8");
  const version = /github\.com\/pulumi\/pulumi\/pkg\/v3 (v[\d.]+)/.exec(module)?.[1];
  if (version === undefined) throw new Error("tests/engine/go.mod does not pin github.com/pulumi/pulumi/pkg/v3");
  return version;
}

function cacheFolder(version: string): string {
  const chosen = process.env["SLUICE_ENGINE_CACHE"];
  return chosen ? path.resolve(chosen) : path.join(os.homedir(), ".cache", "sluice", `pulumi-${version.slice(1)}`);
}

async function versionOf(cli: string): Promise<string> {
  return (await execute(cli, ["version"], os.tmpdir())).trim();
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  return major > OLDEST[0]! || (major === OLDEST[0] && minor >= OLDEST[1]!);
}

/** What a command prints. Rejects with the last lines of its errors. */
function execute(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(errors.trim().split("\n").slice(-10).join("\n") || `${command} ended with ${code}`));
    });
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(0)} s`;
}
