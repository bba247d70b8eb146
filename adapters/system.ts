import { performance } from "node:perf_hooks";
import type { Clock, Random } from "../shared/clock";

/** Longest delay a Node timer takes (2^31 - 1 ms); a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
        Math.min(Math.max(ms, 0), LONGEST_TIMER_MS),
      );
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** The machine's own randomness: for jitter and names, never for secrets. */
export const systemRandom: Random = () => Math.random();
