import type { ClientConfig, PubSub } from "@google-cloud/pubsub";
import { ConfigError } from "../../../shared/errors";
import type { PublishCall } from "../../ingest/durable";
import { lazy } from "../../lazy";
import { orAborted, within } from "../../rest/within";

export interface PublisherOptions {
  /** `projects/<project>/topics/<topic>`. */
  topic: string;
  /** `host:port` or URL instead of Google's own. */
  endpoint: string | undefined;
  /** Used instead of one of our own, and left open by `close`. */
  client: PubSub | undefined;
}

/** One topic, through Google's own client. */
export interface Publisher {
  client(): Promise<PubSub>;
  /** One request. Resolves when all of its messages are durable; throws what the client throws. */
  publish(messages: readonly Uint8Array[], call: PublishCall): Promise<void>;
  close(): Promise<void>;
}

const NAME = /^projects\/([^/]+)\/topics\/[^/]+$/;
const ATTRIBUTES = { sluice: "1" };
/** The client's own limit of a request, so that it never sends a part before we say so. */
const NO_LIMIT = 9 * 1024 * 1024;

export function openPublisher({ topic, endpoint, client: given }: PublisherOptions): Publisher {
  const projectId = NAME.exec(topic)?.[1];
  if (projectId === undefined)
    throw new ConfigError(`\`${topic}\` is no topic.`, "topic", "Write `projects/<project>/topics/<topic>`.");
  let made = false;
  const client = lazy(async () => {
    if (given !== undefined) return given;
    made = true;
    // 400 files, of which only producers need any: loaded when the first event goes out.
    const { PubSub } = await import("@google-cloud/pubsub");
    return new PubSub({ projectId, ...surroundings(endpoint) });
  });

  return {
    client,
    publish: async (messages, { timeoutMs, signal }) => {
      const ended = within(timeoutMs, signal);
      try {
        // Loading and signing in wait for no signal by themselves.
        await orAborted(send(await client(), messages, timeoutMs, ended.signal), ended.signal);
      } catch (thrown) {
        // The client says CANCELLED, whoever ended it.
        throw ended.signal.aborted ? ended.signal.reason : thrown;
      } finally {
        ended.dispose();
      }
    },
    close: async () => {
      if (made) await (await client()).close();
    },
  };

  async function send(pubsub: PubSub, messages: readonly Uint8Array[], timeout: number, signal: AbortSignal) {
    // A publisher per request: the client's own queue would mix the requests of several callers, and part them anew. It sends
    // when the last message is in. Its own repetitions would go on for ten minutes; ours know the deadline.
    const publisher = pubsub.topic(topic, {
      batching: { maxMessages: messages.length, maxBytes: NO_LIMIT, maxMilliseconds: 0 },
      gaxOpts: { timeout, retry: null, signal },
    });
    const ids = await Promise.all(
      messages.map((data) => publisher.publishMessage({ data: data as Buffer, attributes: ATTRIBUTES })),
    );
    if (ids.some((id) => typeof id !== "string")) throw new Error("The answer does not name every message.");
  }
}

/** A plain host is an emulator, which the client calls without encryption and credentials; and looks for none: that alone takes seconds where there is no metadata server. */
function surroundings(endpoint = process.env["PUBSUB_EMULATOR_HOST"]): ClientConfig {
  if (!endpoint) return {};
  if (endpoint.startsWith("https:")) return { apiEndpoint: endpoint, emulatorMode: false };
  return { apiEndpoint: endpoint, emulatorMode: true, clientOptions: { universeDomain: "googleapis.com" } };
}
