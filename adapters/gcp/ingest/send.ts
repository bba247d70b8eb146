import type { Clock, Random } from "../../../shared/clock";
import { SluiceError } from "../../../shared/errors";
import { backoffMs, type RetryPolicy } from "../../../shared/retry";
import { cancelled, gcpError } from "../errors";
import { ADAPTER } from "./limits";
import type { Request } from "./pack";
import type { PublishCall } from "./publisher";

export interface SendOptions {
  /** One request. */
  put: (messages: readonly Uint8Array[], call: PublishCall) => Promise<void>;
  policy: RetryPolicy;
  /** Time for all of it, milliseconds: no request lasts, and no wait begins, that would outlast it. */
  deadlineMs: number;
  /** Longest wait for the answer to one request, milliseconds. */
  requestTimeoutMs: number;
  clock: Clock;
  random: Random;
  coordinates: Readonly<Record<string, string>>;
  signal: AbortSignal | undefined;
}

const PLACE = { stage: "ingest", adapter: ADAPTER } as const;

/**
 * Sends the lanes side by side, each request of a lane once the one before is durable; returns the events that are not, with
 * their errors. A lane ends at the first request that fails for good.
 */
export async function send(
  lanes: readonly Iterable<Request>[],
  options: SendOptions,
): Promise<{ index: number; error: SluiceError }[]> {
  const end = options.clock.monotonic() + options.deadlineMs;
  const failed = await Promise.all(lanes.map((lane) => sendLane(lane, end, options)));
  return failed.flat();
}

async function sendLane(lane: Iterable<Request>, end: number, options: SendOptions) {
  const failed: { index: number; error: SluiceError }[] = [];
  let stopped: SluiceError | undefined;
  for (const request of lane) {
    const error: SluiceError | undefined = stopped ?? (await durable(request, end, options));
    if (error === undefined) continue;
    for (const index of request.events) failed.push({ index, error });
    stopped ??= error.retryable ? error : blocked(error);
  }
  return failed;
}

/** Sends a request until it is durable, or has failed for good. */
async function durable({ messages }: Request, end: number, options: SendOptions): Promise<SluiceError | undefined> {
  const { put, policy, requestTimeoutMs, clock, random, coordinates, signal } = options;
  let last: SluiceError | undefined;
  for (let attempt = 1; ; attempt++) {
    if (signal?.aborted) return cancelled(PLACE);
    const timeoutMs = Math.min(requestTimeoutMs, end - clock.monotonic());
    if (timeoutMs <= 0) return last ?? late(coordinates);
    try {
      await put(messages, { timeoutMs, signal });
      return undefined;
    } catch (thrown) {
      if (signal?.aborted) return cancelled(PLACE);
      const error = gcpError(thrown, { ...PLACE, coordinates });
      if (!error.retryable || attempt >= policy.attempts) return error;
      const delayMs = backoffMs(error, attempt, policy, random);
      if (clock.monotonic() + delayMs >= end) return error;
      last = error;
      await clock.sleep(delayMs, signal).catch(() => {});
    }
  }
}

function late(coordinates: SendOptions["coordinates"]): SluiceError {
  return new SluiceError("deadline", "ingest", "The time for this publish is used up.", {
    adapter: ADAPTER,
    coordinates,
  });
}

function blocked(cause: SluiceError): SluiceError {
  return new SluiceError("unavailable", "ingest", "An earlier request of the same keys was refused.", {
    adapter: ADAPTER,
    cause,
  });
}
