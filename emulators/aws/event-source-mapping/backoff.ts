import type { Clock, Random } from "../../../shared/clock";

export interface Backoff {
  /** Waits after the given number of failures in a row; rejects if the signal aborts. */
  wait(failures: number, signal: AbortSignal): Promise<void>;
}

/** Exponential with half of it random: never at once, never all together. The service's own numbers are not documented. */
export function createBackoff(
  clock: Clock,
  random: Random,
  { baseMs, capMs }: { baseMs: number; capMs: number },
): Backoff {
  return {
    wait: (failures, signal) => {
      const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(failures - 1, 30));
      return clock.sleep(ceiling * (0.5 + random() / 2), signal);
    },
  };
}
