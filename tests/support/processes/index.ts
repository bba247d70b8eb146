import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";

const ROOT = path.resolve(__dirname, "../../..");
const REGISTER = path.join(ROOT, "tools/register.cjs");

export interface Running {
  /** Its first batch or call is done. */
  readonly working: Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; lines: string[]; errors: string }>;
  /** Ends it after a wait, if it has not ended by then. */
  kill(signal: NodeJS.Signals, afterMs: number): Promise<void>;
}

/** Starts one of the scripts beside this file. */
export function start(script: "work" | "produce", ...args: (string | number)[]): Running {
  const file = path.join(__dirname, `${script}.ts`);
  const child = spawn(process.execPath, ["--require", REGISTER, file, ...args.map(String)], { cwd: ROOT });
  const output = collect(child);
  const ended = new Promise<Awaited<Running["ended"]>>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal, lines: output.lines(), errors: output.errors() })),
  );
  const working = new Promise<void>((resolve) => {
    child.stdout.once("data", () => resolve());
    void ended.then(() => resolve());
  });
  return {
    working,
    ended,
    kill: async (signal, afterMs) => {
      await Promise.race([after(afterMs), ended]);
      child.kill(signal);
    },
  };
}

function collect(child: ChildProcess) {
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return { lines: () => out.trim().split("\n"), errors: () => err };
}
