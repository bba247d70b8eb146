import type { Clock, Random } from "../../shared/clock";
import { SluiceError } from "../../shared/errors";
import { backoffMs, type RetryPolicy } from "../../shared/retry";
import { cancelled, type ErrorPlace } from "../place";

/** What one request of a publish may take. */
export interface PublishCall {
  /** Longest wait, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

export interface DurableOptions {
  policy: RetryPolicy;
  /** When the time for all of a publish ends, on the monotonic clock: no request lasts, and no wait begins, that would outlast it. */
  end: number;
  /** Longest wait for the answer to one request, milliseconds. */
  requestTimeoutMs: number;
  clock: Clock;
  random: Random;
  /** What a failed request means. */
  read: (thrown: unknown, place: ErrorPlace) => SluiceError;
  place: ErrorPlace;
  /** Whether trying again can help after so many attempts. Default: as the error's code says. */
  mayPass?: ((error: SluiceError, attempt: number) => boolean) | undefined;
  signal: AbortSignal | undefined;
}

/** Makes a request until it is durable, or has failed for good: then its error. */
export async function durable(
  request: (call: PublishCall) => Promise<void>,
  options: DurableOptions,
): Promise<SluiceError | undefined> {
  const { policy, end, requestTimeoutMs, clock, random, read, place, mayPass, signal } = options;
  let last: SluiceError | undefined;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) return cancelled(place);
    const timeoutMs = Math.min(requestTimeoutMs, end - clock.monotonic());
    if (timeoutMs <= 0) return last ?? late(place);
    try {
      await request({ timeoutMs, signal });
      return undefined;
    } catch (thrown) {
      if (signal?.aborted) return cancelled(place);
      const error = read(thrown, place);
      if (!error.retryable || attempt >= policy.attempts || mayPass?.(error, attempt) === false) return error;
      const delayMs = backoffMs(error, attempt, policy, random);
      if (clock.monotonic() + delayMs >= end) return error;
      last = error;
      await clock.sleep(delayMs, signal).catch(() => {});
    }
  }
}

function late({ stage, adapter, coordinates = {} }: ErrorPlace): SluiceError {
  return new SluiceError("deadline", stage, "The time for this publish is used up.", { adapter, coordinates });
}
