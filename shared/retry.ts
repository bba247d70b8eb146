import type { Clock, Random } from "./clock";
import type { Deadline } from "./deadline";
import { type SluiceError, type Stage, toSluiceError } from "./errors";
import type { Telemetry } from "./telemetry";

export interface RetryPolicy {
  /** Calls in all, the first included. */
  attempts: number;
  /** First delay's upper bound, milliseconds. */
  baseMs: number;
  /** The same for throttling, which needs time rather than luck. */
  throttledBaseMs: number;
  /** Longest delay, milliseconds. */
  capMs: number;
}

/** What the large SDKs have settled on: 3 attempts, 50 ms and 1 s, doubled each time, full jitter, at most 20 s. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, baseMs: 50, throttledBaseMs: 1_000, capMs: 20_000 };

/**
 * Milliseconds to wait after the given failed attempt (1 is the first): full jitter, uniform in [0, min(cap, base * 2^(attempt-1))),
 * and never less than what the other side asked for.
 * Why full jitter: M. Brooker, "Exponential Backoff And Jitter" (2015).
 */
export function backoffMs(error: SluiceError, attempt: number, policy: RetryPolicy, random: Random): number {
  const base = error.code === "throttled" ? policy.throttledBaseMs : policy.baseMs;
  const delay = random() * Math.min(policy.capMs, base * 2 ** (attempt - 1));
  return Math.max(delay, error.retryAfterMs ?? 0);
}

export interface RetryContext {
  clock: Clock;
  random: Random;
  deadline: Deadline;
  policy: RetryPolicy;
  stage: Stage;
  telemetry: Telemetry;
  /** Whether an error may go away by itself. Default: as its code says. */
  mayPass?: (error: SluiceError) => boolean;
}

/**
 * Calls until it succeeds, the error is not retryable, the attempts are used up, or the wait would outlast the deadline.
 * Throws the last SluiceError; ConfigErrors pass through at once.
 */
export async function retry<T>(
  operation: (signal: AbortSignal | undefined) => Promise<T>,
  context: RetryContext,
): Promise<T> {
  const { deadline, stage } = context;
  for (let attempt = 1; ; attempt++) {
    deadline.check(stage);
    try {
      return await deadline.race(operation(deadline.signal), stage);
    } catch (thrown) {
      const error = toSluiceError(thrown, stage);
      if (!(await pauseBeforeNext(error, attempt, context))) throw error;
    }
  }
}

/** Whether trying again can help, as the context sees it. */
export function mayPass(error: SluiceError, context: RetryContext): boolean {
  return context.mayPass?.(error) ?? error.retryable;
}

/** Waits as long as the policy says. False, without waiting, when there is nothing to wait for. */
export async function pauseBeforeNext(error: SluiceError, attempt: number, context: RetryContext): Promise<boolean> {
  const { clock, random, deadline, policy, stage, telemetry } = context;
  if (!mayPass(error, context) || error.code === "circuit-open" || attempt >= policy.attempts) return false;
  const delayMs = backoffMs(error, attempt, policy, random);
  if (delayMs >= deadline.remainingMs()) return false;
  telemetry({ type: "retry", stage, code: error.code, attempt, delayMs });
  return clock.sleep(delayMs, deadline.signal).then(
    () => true,
    () => false,
  );
}

/** Of several failures, the error that asks for the longest wait. */
export function longestWait(failures: readonly { error: SluiceError }[]): SluiceError {
  return failures.reduce((a, b) => ((b.error.retryAfterMs ?? 0) > (a.error.retryAfterMs ?? 0) ? b : a)).error;
}
