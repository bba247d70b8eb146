import { readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Names this process for the others that share the database: `host/pid-namespace/pid`.
 * SQLite's write-ahead log needs shared memory, so all of them run on one machine, but perhaps in several containers,
 * whose process ids mean nothing to each other; hence the namespace.
 */
export function processName(): string {
  return `${scope()}/${process.pid}`;
}

/** Whether a process is known to have ended. False where nothing can be known: then only its lease tells. */
export function hasEnded(name: string): boolean {
  const slash = name.lastIndexOf("/");
  const pid = Number(name.slice(slash + 1));
  if (name.slice(0, slash) !== scope() || !Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

let known: string | undefined;

function scope(): string {
  known ??= `${hostname()}/${namespace()}`;
  return known;
}

function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
