import { performance } from "node:perf_hooks";
import { setTimeout as after } from "node:timers/promises";
import type { Clock, Random } from "../../../shared/clock";

/** The machine's own clock and randomness, where a caller brings none. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => after(ms, undefined, signal ? { signal } : {}),
};

export const systemRandom: Random = () => Math.random();
