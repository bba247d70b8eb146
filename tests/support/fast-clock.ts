import { performance } from "node:perf_hooks";
import { setTimeout as after } from "node:timers/promises";
import type { Clock } from "sluice";

/** Real time, some times faster: for code that waits by the clock between real requests. */
export function fastClock(factor: number): Clock {
  const start = performance.now();
  const startedAt = Date.now();
  const monotonic = () => (performance.now() - start) * factor;
  return {
    now: () => Math.round(startedAt + monotonic()),
    monotonic,
    sleep: (ms, signal) => after(ms / factor, undefined, signal ? { signal } : {}),
  };
}
