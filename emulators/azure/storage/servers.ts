import { fork } from "node:child_process";
import path from "node:path";
import { ended, watchOutput } from "../../processes/child";

/** Azurite's servers in a process of their own. */
export interface Servers {
  /** URLs without the account. */
  blob: string;
  queue: string;
  close(): Promise<void>;
}

const SCRIPT = path.join(__dirname, "azurite.cjs");

/**
 * Starts them: loading takes more than a second and 140 MB, which the process that tests or measures something has no room
 * for. The child ends with this process, however that ends.
 */
export async function startServers(onLog: (line: string) => void): Promise<Servers> {
  const child = fork(SCRIPT, { execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
  watchOutput(child, onLog);
  const closed = ended(child);
  const ports = await Promise.race([
    new Promise<{ blob: number; queue: number }>((resolve) =>
      child.once("message", resolve as (ports: unknown) => void),
    ),
    closed.then(({ code }) => {
      throw new Error(`Azurite ended with ${code} before it listened.`);
    }),
  ]);
  return {
    blob: `http://127.0.0.1:${ports.blob}`,
    queue: `http://127.0.0.1:${ports.queue}`,
    close: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
