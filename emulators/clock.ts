import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../shared/clock";

/** The machine's own clock: what an emulator uses unless a test brings its own. */
export const wallClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(Math.max(0, ms), undefined, signal ? { signal } : {}),
};
