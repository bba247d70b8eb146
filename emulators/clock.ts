import { setTimeout as sleep } from "node:timers/promises";
import type { Clock, Random } from "../shared/clock";

/** The machine's own clock and randomness: what an emulator uses unless a test brings its own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(Math.max(0, ms), undefined, signal ? { signal } : {}),
};

export const systemRandom: Random = () => Math.random();
