import { SluiceError } from "../../../shared/errors";
import type { GcpClient } from "../client";
import { type Attempts, attempted } from "../store/attempts";
import { pathOfName } from "../store/collection";

/** What every call on the subscription needs. */
export interface Subscription extends Attempts {
  client: GcpClient;
  /** `projects/P/subscriptions/S`. */
  name: string;
}

/** A message as a pull hands it over: https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions/pull */
export interface ReceivedMessage {
  ackId: string;
  message: {
    /** Base64. */
    data?: string;
    attributes?: Readonly<Record<string, string>>;
    messageId: string;
    /** RFC 3339, as `2026-11-22T10:00:00.123Z`. */
    publishTime: string;
  };
}

/** An answer is in memory as a whole, and must come within the time that the pull waits. */
const MAX_MESSAGES = 200;

/** Of one request: https://cloud.google.com/pubsub/quotas#resource_limits takes 512 KiB, and an id has some 200 characters. */
const MAX_ACK_IDS = 1_000;

/**
 * Some messages, or none if none came in `waitMs`. Not with `returnImmediately`: such a pull asks one server of many, and
 * comes back empty although there are messages; that is why Google discourages it.
 */
export async function pull(
  { client, name, signal, ...rest }: Subscription,
  waitMs: number,
): Promise<readonly ReceivedMessage[] | "waited"> {
  const call = { path: `${pathOfName(name)}:pull`, body: { maxMessages: MAX_MESSAGES }, timeoutMs: waitMs, signal };
  return attempted(
    async () => {
      try {
        return (await client.json<{ receivedMessages?: ReceivedMessage[] }>(call)).receivedMessages ?? [];
      } catch (thrown) {
        // The service would wait longer than we do.
        if ((thrown as Error).name === "TimeoutError") return "waited";
        throw thrown;
      }
    },
    { ...rest, signal },
  );
}

/** Takes messages out for good. */
export function acknowledge(subscription: Subscription, ackIds: readonly string[]): Promise<void> {
  return inParts(subscription, "acknowledge", ackIds, {});
}

/** How long they stay ours from now, seconds; 0 gives them back. */
export function setDeadline(subscription: Subscription, ackIds: readonly string[], seconds: number): Promise<void> {
  return inParts(subscription, "modifyAckDeadline", ackIds, { ackDeadlineSeconds: seconds });
}

/** The topic that the subscription belongs to. */
export async function topicOf({ client, name, signal, ...rest }: Subscription): Promise<string> {
  const { topic } = await attempted(() => client.json<{ topic?: string }>({ path: pathOfName(name), signal }), {
    ...rest,
    signal,
  });
  // `_deleted-topic_` where it is gone.
  if (topic?.startsWith("projects/")) return topic;
  throw new SluiceError("unavailable", rest.place.stage, `The subscription ${name} has no topic any more.`, {
    adapter: rest.place.adapter,
  });
}

async function inParts(
  { client, name, signal, ...rest }: Subscription,
  verb: string,
  ackIds: readonly string[],
  more: object,
): Promise<void> {
  for (let from = 0; from < ackIds.length; from += MAX_ACK_IDS) {
    const body = { ackIds: ackIds.slice(from, from + MAX_ACK_IDS), ...more };
    await attempted(() => client.json({ path: `${pathOfName(name)}:${verb}`, body, signal }), { ...rest, signal });
  }
}
