import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export interface Peer {
  name: "pstest" | "fake-gcs-server";
  /** Beside this file: a Go module that pins all that it builds from. */
  module: string;
  /** What is built of it. */
  target: string;
}

export const PSTEST: Peer = { name: "pstest", module: "pstest", target: "." };
export const FAKE_GCS: Peer = {
  name: "fake-gcs-server",
  module: "gcs",
  target: "github.com/fsouza/fake-gcs-server",
};

/** The program, from the cache or built into it, which takes a minute the first time. Rejects with what Go said. */
export async function built(peer: Peer, go: string, report: (line: string) => void): Promise<string> {
  const module = path.join(__dirname, peer.module);
  const program = path.join(cacheFolder(), `${peer.name}-${fingerprint(module)}`);
  if (existsSync(program)) return program;
  mkdirSync(path.dirname(program), { recursive: true });
  report(`building ${peer.name} with Go into ${path.dirname(program)}: a minute the first time`);
  const started = performance.now();
  const partial = `${program}.${process.pid}`;
  // -s -w halves the file.
  await run(go, ["build", "-trimpath", "-ldflags", "-s -w", "-o", partial, peer.target], module);
  renameSync(partial, program);
  report(`built in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return program;
}

function cacheFolder(): string {
  const chosen = process.env["SLUICE_ENGINE_CACHE"];
  return path.join(chosen ? path.resolve(chosen) : path.join(os.homedir(), ".cache", "sluice"), "peers");
}

/** Another one whenever a version or the program changes. */
function fingerprint(module: string): string {
  const hash = createHash("sha256");
  for (const name of readdirSync(module).sort()) hash.update(name).update(readFileSync(path.join(module, name)));
  return hash.digest("hex").slice(0, 12);
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Go could not build in ${cwd}: ${errors.trim().split("\n").slice(-10).join("\n")}`));
    });
  });
}
