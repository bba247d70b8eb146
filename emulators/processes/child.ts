import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as after } from "node:timers/promises";

export interface HowItEnded {
  code: number | null;
  signal: string | null;
}

/** For what is still in the pipes of a process that is gone. */
const DRAIN_MS = 200;

/** When the process is gone and its last lines are read, unless a process of its own keeps the pipes open. */
export async function ended(child: ChildProcess): Promise<HowItEnded> {
  const read = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const how = await new Promise<HowItEnded>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    // It could not be started at all.
    child.once("error", () => resolve({ code: 127, signal: null }));
  });
  await Promise.race([read, after(DRAIN_MS, undefined, { ref: false })]);
  return how;
}

/** Hands lines over, and notices the line with which V8 gives up. */
export function watchOutput(child: ChildProcess, onLog: (line: string) => void): { exhausted(): boolean } {
  let exhausted = false;
  const watch = (stream: Readable | null) => {
    if (!stream) return;
    createInterface({ input: stream }).on("line", (line) => {
      exhausted ||= line.startsWith("FATAL ERROR:") && line.includes("heap out of memory");
      onLog(line);
    });
  };
  watch(child.stdout);
  watch(child.stderr);
  return { exhausted: () => exhausted };
}
