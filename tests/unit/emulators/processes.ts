import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

const ROOT = path.resolve(__dirname, "../../..");

/** Whether a process is there. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** An emulator in a process of its own, which can be killed. `script` opens it, and prints a line when it is there. */
export async function emulatorApart(script: string): Promise<{ line: string; kill(): void }> {
  const parent = spawn(process.execPath, ["-r", "./tools/register.cjs", "-e", script], { cwd: ROOT });
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  return { line, kill: () => void parent.kill("SIGKILL") };
}
