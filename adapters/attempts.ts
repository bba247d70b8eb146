import type { Clock, Random } from "../shared/clock";
import type { ErrorCode, SluiceError } from "../shared/errors";
import { backoffMs, type RetryPolicy } from "../shared/retry";
import { cancelled, type ErrorPlace } from "./place";

/** What a call needs to be made again. */
export interface Attempts {
  place: ErrorPlace;
  clock: Clock;
  random: Random;
  /** Calls in all, the first included. */
  maxAttempts: number;
  signal: AbortSignal | undefined;
}

/** The pipeline's engine retries above: more attempts here would multiply with its own. */
export const DEFAULT_MAX_ATTEMPTS = 2;

const SOON: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["throttled", "unavailable", "conflict", "timeout"]);

/** Two writers of one document need some time to get past each other; a service asks for the same after a throttle. */
const POLICY: Omit<RetryPolicy, "attempts"> = { baseMs: 50, throttledBaseMs: 100, capMs: 1_000 };

/** Calls of a service, with the table of its errors. */
export interface Attempting {
  /** Calls until it succeeds, or trying again cannot help. Throws SluiceError, or ConfigError. */
  attempted<T>(call: () => Promise<T>, context: Attempts): Promise<T>;
  /** What was thrown, as what may cross a port: whatever ended a call of a caller who cancelled it, is that. */
  errorOf(thrown: unknown, context: Pick<Attempts, "place" | "signal">): SluiceError;
}

/** @param read The service's table: anything thrown as a SluiceError. */
export function attempting(read: (thrown: unknown, place: ErrorPlace) => SluiceError): Attempting {
  const errorOf: Attempting["errorOf"] = (thrown, { place, signal }) => {
    return signal?.aborted ? cancelled(place) : read(thrown, place);
  };

  return {
    errorOf,
    attempted: async (call, context) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await call();
        } catch (thrown) {
          const error = errorOf(thrown, context);
          if (attempt >= context.maxAttempts || !passesSoon(error)) throw error;
          await pause(error, attempt, context);
        }
      }
    },
  };
}

/** Whether it may have passed by the next attempt. */
export function passesSoon({ code }: SluiceError): boolean {
  return SOON.has(code);
}

/** Waits after the given failed attempt, with full jitter. Throws `cancelled` at once when the signal aborts. */
export async function pause(error: SluiceError, attempt: number, context: Attempts): Promise<void> {
  const { clock, random, place, signal, maxAttempts } = context;
  const delayMs = backoffMs(error, attempt, { ...POLICY, attempts: maxAttempts }, random);
  await clock.sleep(delayMs, signal).catch(() => {
    throw cancelled(place);
  });
}
