import { SluiceError } from "../../shared/errors";
import { asBuffer } from "../../shared/guards";
import type { ItemFailure } from "../../shared/ports";
import { publishWhole } from "../whole-requests";
import type { GcpClient } from "./client";
import { type ErrorPlace, gcpError } from "./errors";

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

/** Of one request: https://cloud.google.com/pubsub/quotas#resource_limits. The service takes 10 MB; the base64 counts. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 9 * 1024 * 1024;

/** Publishes messages to a topic over REST, and says which are not out; see `publishWhole`. */
export async function publishMessages(
  messages: readonly TopicMessage[],
  options: PublishMessagesOptions,
): Promise<ItemFailure[]> {
  const { client, topic, parallel = 4, signal } = options;
  const place = { ...options.place, coordinates: { ...options.place.coordinates, topic } };
  return publishWhole(messages.map(encode), {
    maxItems: MAX_MESSAGES,
    maxBytes: MAX_BYTES,
    parallel,
    publish,
    place,
    signal,
  });

  async function publish(items: readonly string[]): Promise<SluiceError | undefined> {
    const body = `{"messages":[${items.join(",")}]}`;
    try {
      const { messageIds } = await client.json<{ messageIds?: unknown }>({
        path: `/v1/${topic}:publish`,
        body,
        signal,
      });
      return Array.isArray(messageIds) && messageIds.length === items.length ? undefined : incomplete(place);
    } catch (thrown) {
      return gcpError(thrown, place);
    }
  }
}

function encode({ data, attributes }: TopicMessage): string {
  const base64 = (typeof data === "string" ? Buffer.from(data) : asBuffer(data)).toString("base64");
  return `{"data":"${base64}"${attributes === undefined ? "" : `,"attributes":${JSON.stringify(attributes)}`}}`;
}

function incomplete({ stage, adapter, coordinates = {} }: ErrorPlace): SluiceError {
  return new SluiceError("unavailable", stage, "The answer does not name every message.", { adapter, coordinates });
}
