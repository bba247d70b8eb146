import { setTimeout as after } from "node:timers/promises";

const POLL_MS = 2;
const LONGEST_MS = 20_000;

/** Waits for what another part of the system is going to do. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + LONGEST_MS; !(await holds()); await after(POLL_MS))
    if (Date.now() > end) throw new Error(`it never came to this: ${holds}`);
}
