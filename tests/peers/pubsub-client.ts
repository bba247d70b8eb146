import { randomUUID } from "node:crypto";
import { v1 } from "@google-cloud/pubsub";
import { credentials } from "@grpc/grpc-js";

export type Publisher = InstanceType<typeof v1.PublisherClient>;
export type Subscriber = InstanceType<typeof v1.SubscriberClient>;
export type Received = Awaited<ReturnType<PubSubClient["pull"]>>[number];
export type SubscriptionSettings = Omit<NonNullable<Parameters<Subscriber["createSubscription"]>[0]>, "name">;
export type Draft = NonNullable<NonNullable<Parameters<Publisher["publish"]>[0]>["messages"]>[number];

/** Google's own client without what it does by itself: no batches, no leases, no repetitions. */
export interface PubSubClient extends ReturnType<typeof openPubSubClient> {}

/** Nobody repeats a call: what a service refuses is to be seen. */
const ONCE = { retry: null, timeout: 20_000 };

/** For an emulator at `host:port`. Topics and subscriptions have names that nobody else uses. */
export function openPubSubClient(endpoint: string) {
  const [servicePath, port] = endpoint.split(":") as [string, string];
  const options = {
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    "grpc.max_receive_message_length": -1,
  };
  const publisher = new v1.PublisherClient(options);
  const subscriber = new v1.SubscriberClient(options);

  const topic = async (): Promise<string> => {
    const name = nameOf("topics");
    await publisher.createTopic({ name }, ONCE);
    return name;
  };
  const subscribe = async (settings: SubscriptionSettings): Promise<string> => {
    const name = nameOf("subscriptions");
    await subscriber.createSubscription({ name, ...settings }, ONCE);
    return name;
  };
  const pull = async (subscription: string, maxMessages = 1000, returnImmediately = true) => {
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages, returnImmediately }, ONCE);
    return (receivedMessages ?? []).map(({ ackId, message, deliveryAttempt }) => ({
      ackId: ackId ?? "",
      deliveryAttempt: deliveryAttempt ?? 0,
      id: message?.messageId ?? "",
      publishTime: Number(message?.publishTime?.seconds ?? 0) * 1e9 + (message?.publishTime?.nanos ?? 0),
      data: Buffer.from((message?.data as Uint8Array | undefined) ?? []),
      attributes: { ...message?.attributes },
      orderingKey: message?.orderingKey ?? "",
    }));
  };
  const extend = async (subscription: string, received: readonly { ackId: string }[], ackDeadlineSeconds: number) => {
    const ackIds = received.map(({ ackId }) => ackId);
    await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds }, ONCE);
  };
  return {
    endpoint,
    publisher,
    subscriber,
    topic,
    subscribe,
    /** A topic with a subscription. */
    opened: async (settings: Partial<SubscriptionSettings> = {}) => {
      const name = await topic();
      return { topic: name, subscription: await subscribe({ topic: name, ...settings }) };
    },
    pull,
    /** Waits until there is something to pull. */
    arrival: async (subscription: string): ReturnType<typeof pull> => {
      for (;;) {
        const received = await pull(subscription, 1000, false);
        if (received.length > 0) return received;
      }
    },
    /** Message ids. */
    publish: async (name: string, ...messages: (string | Draft)[]): Promise<string[]> => {
      const drafts = messages.map((one) => (typeof one === "string" ? { data: Buffer.from(one) } : one));
      const [{ messageIds }] = await publisher.publish({ topic: name, messages: drafts }, ONCE);
      return messageIds ?? [];
    },
    ack: async (subscription: string, received: readonly { ackId: string }[]): Promise<void> => {
      await subscriber.acknowledge({ subscription, ackIds: received.map(({ ackId }) => ackId) }, ONCE);
    },
    extend,
    nack: (subscription: string, received: readonly { ackId: string }[]) => extend(subscription, received, 0),
    close: async (): Promise<void> => {
      await Promise.all([publisher.close(), subscriber.close()]);
    },
  };
}

/** A name that nobody else uses. */
export function nameOf(kind: "topics" | "subscriptions"): string {
  return `projects/p/${kind}/n-${randomUUID()}`;
}
