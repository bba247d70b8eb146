import { SluiceError } from "../shared/errors";
import type { ItemFailure } from "../shared/ports";
import { parallel } from "./parallel";
import { cancelled, type ErrorPlace } from "./place";

export interface WholeRequestsOptions {
  /** Of one request. */
  maxItems: number;
  /** Of one request's items with a comma each, and so of one item. */
  maxBytes: number;
  /** Requests at once. */
  parallel: number;
  /** One request, of items as they stand in it. Throws nothing: says why none of them is out. */
  publish(items: readonly string[]): Promise<SluiceError | undefined>;
  /** Of the errors. */
  place: ErrorPlace;
  signal: AbortSignal | undefined;
}

/** An item as it stands in a request, and its index in the call. */
interface Encoded {
  index: number;
  text: string;
}

/**
 * Publishes to a service that takes a request as a whole or not at all, in as few requests as the limits allow, and says what is
 * not out. A request that is refused for what it holds goes again in halves, until the item to blame fails alone. One that
 * is too long fails as `store-rejected`. Nothing is sent again here: at least once, if the caller does.
 */
export async function publishWhole(items: readonly string[], options: WholeRequestsOptions): Promise<ItemFailure[]> {
  const { place, signal, publish } = options;
  const failures: ItemFailure[] = [];
  await parallel(split(items, options, failures), options.parallel, put);
  return failures.sort((a, b) => a.index - b.index);

  async function put(request: readonly Encoded[]): Promise<void> {
    const error = signal?.aborted ? cancelled(place) : await publish(request.map(({ text }) => text));
    if (error === undefined) return;
    if (error.retryable || request.length === 1) {
      for (const { index } of request) failures.push({ index, error });
      return;
    }
    const half = request.length >> 1;
    await put(request.slice(0, half));
    await put(request.slice(half));
  }
}

/** Items as requests within the limits; what is too long for any is a failure. */
function split(items: readonly string[], options: WholeRequestsOptions, failures: ItemFailure[]): Encoded[][] {
  const { maxItems, maxBytes, place } = options;
  const requests: Encoded[][] = [];
  let held: Encoded[] = [];
  let heldBytes = 0;
  for (const [index, text] of items.entries()) {
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > maxBytes) {
      failures.push({ index, error: tooLong(place, maxBytes) });
      continue;
    }
    if (held.length === 0 || held.length === maxItems || heldBytes + bytes > maxBytes) {
      held = [];
      heldBytes = 0;
      requests.push(held);
    }
    held.push({ index, text });
    heldBytes += bytes;
  }
  return requests;
}

function tooLong({ stage, adapter, coordinates = {} }: ErrorPlace, maxBytes: number): SluiceError {
  const message = `The message takes more than ${maxBytes} bytes in a request.`;
  return new SluiceError("store-rejected", stage, message, { adapter, coordinates });
}
