import type { SluiceError } from "../../../shared/errors";
import type { ItemFailure } from "../../../shared/ports";
import { type DurableOptions, durable, type PublishCall } from "../../ingest/durable";
import { blocked, oversize } from "../../ingest/events";
import { parallel } from "../../parallel";
import { azureError } from "../errors";
import { ADAPTER, MAX_EVENT_BYTES } from "./limits";
import type { Lane } from "./pack";

export interface SendOptions {
  /** One batch of as many of the first messages as it holds: how many are durable now, 0 if not even one fits. */
  put: (partition: string, messages: readonly Uint8Array[], call: PublishCall) => Promise<number>;
  /** Partitions at once. */
  parallel: number;
  durable: Omit<DurableOptions, "read" | "mayPass">;
}

/** A role takes minutes to come into effect, so that only an old token is worth another attempt. */
const CREDENTIALS_ATTEMPTS = 2;

/**
 * Sends the lanes side by side, each batch of a lane once the one before is durable; returns the events that are not, with
 * their errors. A lane ends at the first batch that fails for good. A hub takes a batch as a whole or not at all: one that is
 * refused for what it holds goes again in smaller ones, until the message to blame fails alone.
 */
export async function send(lanes: readonly Lane[], options: SendOptions): Promise<ItemFailure[]> {
  const failures: ItemFailure[] = [];
  await parallel(lanes, options.parallel, async (lane) => {
    failures.push(...(await sendLane(lane, options)));
  });
  return failures;
}

async function sendLane({ partition, messages, events }: Lane, options: SendOptions): Promise<ItemFailure[]> {
  const { place } = options.durable;
  const context = { ...options.durable, place: { ...place, coordinates: { ...place.coordinates, partition } } };
  const failures: ItemFailure[] = [];
  let most = messages.length;
  let at = 0;
  const fail = (to: number, error: SluiceError) => {
    for (; at < to; at++) for (const index of events[at]!) failures.push({ index, error });
  };
  while (at < messages.length) {
    const next = messages.slice(at, at + most);
    let taken = 0;
    const error = await persevere(context, async (call) => {
      taken = await options.put(partition, next, call);
    });
    if (error === undefined && taken > 0) at += taken;
    else if (error?.retryable) fail(messages.length, error);
    else if (error !== undefined && next.length > 1) most = next.length >> 1;
    else if (error === undefined || isTooLarge(error)) fail(at + 1, oversize(ADAPTER, MAX_EVENT_BYTES));
    else {
      fail(at + 1, error);
      fail(messages.length, blocked(ADAPTER, "An earlier message of the partition was refused.", error));
    }
  }
  return failures;
}

/** Makes a request until it is done, or has failed for good: then its error. */
export function persevere(
  options: SendOptions["durable"],
  request: (call: PublishCall) => Promise<void>,
): Promise<SluiceError | undefined> {
  return durable(request, {
    ...options,
    read: azureError,
    mayPass: ({ code }, attempt) => code !== "credentials" || attempt < CREDENTIALS_ATTEMPTS,
  });
}

function isTooLarge({ coordinates }: SluiceError): boolean {
  return coordinates["error"] === "MessageTooLargeError";
}
