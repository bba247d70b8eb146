import { SluiceError } from "../../shared/errors";
import { asBuffer } from "../../shared/guards";
import type { ItemFailure } from "../../shared/ports";
import type { GcpClient } from "./client";
import { cancelled, type ErrorPlace, gcpError } from "./errors";

export interface TopicMessage {
  data: string | Uint8Array;
  attributes?: Readonly<Record<string, string>> | undefined;
}

export interface PublishMessagesOptions {
  client: GcpClient;
  /** `projects/<project>/topics/<topic>`. */
  topic: string;
  /** Of the errors; the topic is added. */
  place: ErrorPlace;
  /** Requests at once. Default 4. */
  parallel?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** A message as it stands in a request, and its index in the call. */
interface Encoded {
  index: number;
  json: string;
}

/** Of one request: https://cloud.google.com/pubsub/quotas#resource_limits. The service takes 10 MB; the base64 counts. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 9 * 1024 * 1024;

/**
 * Publishes messages to a topic over REST, in as few requests as the limits allow, and says which are not out. Pub/Sub takes a
 * request as a whole or not at all: one that is refused for what it holds goes again in halves, until the message to blame
 * fails alone. One that is too long fails as `store-rejected`. Nothing is sent again here: at least once, if the caller does.
 */
export async function publishMessages(
  messages: readonly TopicMessage[],
  options: PublishMessagesOptions,
): Promise<ItemFailure[]> {
  const { client, topic, parallel = 4, signal } = options;
  const place = { ...options.place, coordinates: { ...options.place.coordinates, topic } };
  const failures: ItemFailure[] = [];
  const requests = split(messages, place, failures);
  let next = 0;
  const worker = async () => {
    while (next < requests.length) await put(requests[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, requests.length) }, worker));
  return failures.sort((a, b) => a.index - b.index);

  async function put(request: readonly Encoded[]): Promise<void> {
    const error = await publish(request);
    if (error === undefined) return;
    if (error.retryable || request.length === 1) {
      for (const { index } of request) failures.push({ index, error });
      return;
    }
    const half = request.length >> 1;
    await put(request.slice(0, half));
    await put(request.slice(half));
  }

  async function publish(request: readonly Encoded[]): Promise<SluiceError | undefined> {
    if (signal?.aborted) return cancelled(place);
    const body = `{"messages":[${request.map(({ json }) => json).join(",")}]}`;
    try {
      const { messageIds } = await client.json<{ messageIds?: unknown }>({
        path: `/v1/${topic}:publish`,
        body,
        signal,
      });
      return Array.isArray(messageIds) && messageIds.length === request.length ? undefined : incomplete(place);
    } catch (thrown) {
      return gcpError(thrown, place);
    }
  }
}

/** Messages as requests within the limits; what is too long for any is a failure. */
function split(messages: readonly TopicMessage[], place: ErrorPlace, failures: ItemFailure[]): Encoded[][] {
  const requests: Encoded[][] = [];
  let held: Encoded[] = [];
  let heldBytes = 0;
  for (const [index, message] of messages.entries()) {
    const json = encode(message);
    const bytes = Buffer.byteLength(json) + 1;
    if (bytes > MAX_BYTES) {
      failures.push({ index, error: tooLong(place) });
      continue;
    }
    if (held.length === 0 || held.length === MAX_MESSAGES || heldBytes + bytes > MAX_BYTES) {
      held = [];
      heldBytes = 0;
      requests.push(held);
    }
    held.push({ index, json });
    heldBytes += bytes;
  }
  return requests;
}

function encode({ data, attributes }: TopicMessage): string {
  const base64 = (typeof data === "string" ? Buffer.from(data) : asBuffer(data)).toString("base64");
  return `{"data":"${base64}"${attributes === undefined ? "" : `,"attributes":${JSON.stringify(attributes)}`}}`;
}

function tooLong({ stage, adapter, coordinates = {} }: ErrorPlace): SluiceError {
  const message = `The message is longer than ${MAX_BYTES} bytes in base64.`;
  return new SluiceError("store-rejected", stage, message, { adapter, coordinates });
}

function incomplete({ stage, adapter, coordinates = {} }: ErrorPlace): SluiceError {
  return new SluiceError("unavailable", stage, "The answer does not name every message.", { adapter, coordinates });
}
