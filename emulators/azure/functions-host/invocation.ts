import type { Clock, Random } from "../../../shared/clock";
import { FunctionError, FunctionTimeout } from "./errors";
import { type Batch, type RequestOrigin, toRequest } from "./request";
import { createPauses } from "./retry";
import type { RetryContext } from "./rpc";
import type { FunctionsHostStats } from "./stats";
import type { Supervisor } from "./supervisor";

export interface ExecutorOptions {
  supervisor: Supervisor;
  origin: RequestOrigin;
  timeoutMs: number;
  stats: FunctionsHostStats;
  clock: Clock;
  random: Random;
}

/** `failed`: retries, if there are any, are used up. `stopped`: nobody waits for the batch here any more. */
export type Outcome = "succeeded" | "failed" | "stopped";

/** Runs the function with a batch until it succeeds, or until it may not be tried again. Never rejects. */
export type Execute = (batch: Batch, signal: AbortSignal) => Promise<Outcome>;

/**
 * The host's retry loop (FunctionExecutorExtensions.cs): the count lives here, in the memory of the instance. It goes on
 * when the worker ends, and starts again when the instance does. Only the pause between attempts can be broken off.
 */
export function createExecutor(options: ExecutorOptions): Execute {
  const { origin, stats, clock, random } = options;
  const { retry } = origin.registration;
  return async (batch, signal) => {
    const pause = retry && createPauses(retry, random);
    // Where there is a policy the first attempt has a context too, with a count of 0 and no exception.
    let context: RetryContext | undefined = retry && { retryCount: 0, maxRetryCount: retry.maxRetryCount };
    for (;;) {
      const failure = await invokeOnce(batch, context, options);
      if (signal.aborted && failure) return "stopped";
      if (!failure) return "succeeded";
      if (!retry || !pause || !context || context.retryCount === retry.maxRetryCount) {
        stats.exhausted++;
        return "failed";
      }
      context = { ...context, retryCount: context.retryCount + 1, exception: toException(failure) };
      try {
        await clock.sleep(pause(), signal);
      } catch {
        return "stopped";
      }
      stats.retries++;
    }
  };
}

async function invokeOnce(
  batch: Batch,
  context: RetryContext | undefined,
  { supervisor, origin, timeoutMs, stats, clock }: ExecutorOptions,
): Promise<Error | undefined> {
  const done = new AbortController();
  const onLate = () => {
    stats.timeouts++;
    timedOut = true;
    supervisor.restart();
  };
  let timedOut = false;
  if (Number.isFinite(timeoutMs)) clock.sleep(timeoutMs, done.signal).then(onLate, () => {});
  stats.invocations++;
  try {
    await supervisor.invoke(toRequest(batch, origin, context));
    stats.successes++;
    return undefined;
  } catch (thrown) {
    stats.failures++;
    return timedOut ? new FunctionTimeout(timeoutMs, origin.registration.name) : (thrown as Error);
  } finally {
    done.abort();
  }
}

function toException(failure: Error): NonNullable<RetryContext["exception"]> {
  const stackTrace = failure instanceof FunctionError ? failure.trace : "";
  return { message: `Result: Failure\nException: ${failure.message}\nStack: ${stackTrace}`, stackTrace, source: "" };
}
