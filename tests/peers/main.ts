import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { findOnPath } from "../engine/cli";
import { built, FAKE_GCS, PSTEST } from "./build";
import { type Started, startFakeGcs, startPstest } from "./start";

const ROOT = path.resolve(__dirname, "../..");
const NO_GO = "skipped: no Go. Install Go 1.26 or newer (https://go.dev/dl), with which this command builds the peers.";

/**
 * `npm run test:peers [-- <arguments of Jest>]`: the contracts against other people's emulators. With `--prepare` it only sees
 * to it that they are built. Answers with the exit code.
 */
async function main(args: readonly string[]): Promise<number> {
  const go = findOnPath("go");
  if (go === undefined) {
    console.log(NO_GO);
    return process.env["CI"] ? 1 : 0;
  }
  const programs = { pubsub: await built(PSTEST, go, console.log), storage: await built(FAKE_GCS, go, console.log) };
  if (args.includes("--prepare")) return 0;
  const started: Started[] = [];
  try {
    const pubsub = await startPstest(programs.pubsub);
    started.push(pubsub);
    const storage = await startFakeGcs(programs.storage);
    started.push(storage);
    return await jest(args, {
      SLUICE_PUBSUB_PEER: pubsub.address,
      SLUICE_STORAGE_PEER: `http://${storage.address}`,
      // Otherwise Google's libraries look for a machine of Google's.
      METADATA_SERVER_DETECTION: "none",
    });
  } finally {
    for (const peer of started) await peer.stop();
  }
}

async function jest(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const command = [require.resolve("jest/bin/jest"), "--config", path.join(ROOT, "jest.peers.config.cjs"), ...args];
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, command, { cwd: ROOT, env, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
