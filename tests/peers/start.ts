import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { listen } from "../../emulators/listen";

/** A peer in a process of its own. */
export interface Started {
  /** `host:port`. */
  address: string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** It prints its address, and ends with its standard input. */
export async function startPstest(program: string): Promise<Started> {
  const child = spawn(program, ["0"], { stdio: ["pipe", "pipe", "inherit"] });
  const address = await firstLine(child, child.stdout);
  return { address, stop: () => stop(child) };
}

/** It wants to be told its port, and says on its standard error when it listens. */
export async function startFakeGcs(program: string): Promise<Started> {
  const port = await freePort();
  const args = ["-backend", "memory", "-scheme", "http", "-host", HOST, "-port", String(port)];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  await firstLine(child, child.stderr);
  return { address: `${HOST}:${port}`, stop: () => stop(child) };
}

/** The rest is read too: otherwise a process that says much stops where the pipe is full. */
function firstLine(child: ChildProcess, output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: output }).on("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${child.spawnfile} ended with ${code} before it listened`)));
  });
}

async function freePort(): Promise<number> {
  const listener = await listen(() => undefined);
  await listener.close();
  return listener.port;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill();
  await ended;
}
