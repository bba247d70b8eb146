import type { SluiceError } from "../../../shared/errors";
import { type DurableOptions, durable, type PublishCall } from "../../ingest/durable";
import { blocked } from "../../ingest/events";
import { gcpError } from "../errors";
import { ADAPTER } from "./limits";
import type { Request } from "./pack";

export interface SendOptions extends Omit<DurableOptions, "read" | "place" | "end"> {
  /** One request. */
  put: (messages: readonly Uint8Array[], call: PublishCall) => Promise<void>;
  coordinates: Readonly<Record<string, string>>;
  /** Time for all of it, milliseconds. */
  deadlineMs: number;
}

/**
 * Sends the lanes side by side, each request of a lane once the one before is durable; returns the events that are not, with
 * their errors. A lane ends at the first request that fails for good.
 */
export async function send(
  lanes: readonly Iterable<Request>[],
  options: SendOptions,
): Promise<{ index: number; error: SluiceError }[]> {
  const place = { stage: "ingest", adapter: ADAPTER, coordinates: options.coordinates } as const;
  const end = options.clock.monotonic() + options.deadlineMs;
  const failed = await Promise.all(
    lanes.map((lane) => sendLane(lane, options.put, { ...options, end, read: gcpError, place })),
  );
  return failed.flat();
}

async function sendLane(lane: Iterable<Request>, put: SendOptions["put"], options: DurableOptions) {
  const failed: { index: number; error: SluiceError }[] = [];
  let stopped: SluiceError | undefined;
  for (const request of lane) {
    const error: SluiceError | undefined = stopped ?? (await durable((call) => put(request.messages, call), options));
    if (error === undefined) continue;
    for (const index of request.events) failed.push({ index, error });
    stopped ??= error.retryable ? error : blocked(ADAPTER, "An earlier request of the same keys was refused.", error);
  }
  return failed;
}
