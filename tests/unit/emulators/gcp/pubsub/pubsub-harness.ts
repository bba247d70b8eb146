import { seededRandom } from "sluice";
import { openPubSub, type PubSubOptions, type SubscriptionJson } from "../../../../../emulators/gcp/pubsub";
import { manualClock } from "../../../../support/manual-clock";
import { opened } from "../../opened";

export const TOPIC = "projects/p/topics/events";
export const DEAD = "projects/p/topics/dead";
export const SUBSCRIPTION = "projects/p/subscriptions/workers";
export const DEAD_HOLD = "projects/p/subscriptions/dead-hold";

export interface Received {
  ackId: string;
  deliveryAttempt?: number;
  message: {
    data?: string;
    attributes?: Record<string, string>;
    messageId: string;
    publishTime: string;
    orderingKey?: string;
  };
}

export interface Answer {
  status: number;
  body: Record<string, unknown> & { error?: { code: number; status: string; message: string } };
}

/** An emulator on a clock that stands still, with a topic, a dead-letter topic that somebody keeps, and REST. */
export async function pubsubHarness(options: PubSubOptions = {}) {
  const clock = manualClock({ auto: false });
  const pubsub = await opened(openPubSub({ clock, random: seededRandom(1), ...options }));
  pubsub.createTopic(TOPIC);
  pubsub.createTopic(DEAD);
  pubsub.createSubscription({ name: DEAD_HOLD, topic: DEAD });

  const call = async (verb: string, path: string, body?: object | string): Promise<Answer> => {
    const text = typeof body === "object" ? JSON.stringify(body) : body;
    const response = await fetch(`http://${pubsub.endpoint}/v1/${path}`, {
      method: verb,
      ...(text !== undefined && { body: text }),
    });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };
  const pull = async (subscription = SUBSCRIPTION, maxMessages = 100): Promise<Received[]> => {
    const { body } = await call("POST", `${subscription}:pull`, { maxMessages, returnImmediately: true });
    return (body["receivedMessages"] ?? []) as Received[];
  };
  const deadline = (received: readonly Received[], ackDeadlineSeconds: number, subscription = SUBSCRIPTION) =>
    call("POST", `${subscription}:modifyAckDeadline`, {
      ackIds: received.map(({ ackId }) => ackId),
      ackDeadlineSeconds,
    });
  return {
    clock,
    pubsub,
    call,
    pull,
    deadline,
    subscribe: (settings: Partial<SubscriptionJson> = {}) =>
      pubsub.createSubscription({ name: SUBSCRIPTION, topic: TOPIC, ...settings }),
    publish: (...texts: string[]) =>
      pubsub.publish(
        TOPIC,
        texts.map((data) => ({ data })),
      ),
    ack: (received: readonly Received[], subscription = SUBSCRIPTION) =>
      call("POST", `${subscription}:acknowledge`, { ackIds: received.map(({ ackId }) => ackId) }),
    nack: (received: readonly Received[], subscription = SUBSCRIPTION) => deadline(received, 0, subscription),
  };
}

export function textOf({ message }: Received): string {
  return Buffer.from(message.data ?? "", "base64").toString();
}
