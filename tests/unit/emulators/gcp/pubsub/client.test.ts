import { describe, expect, it } from "@jest/globals";
import { firstError, officialClient, receive } from "./official-client";

const NOT_FOUND = { code: 5 };
const ALREADY_EXISTS = { code: 6 };

describe("the official client", () => {
  it("creates, finds, lists and deletes topics and subscriptions", async () => {
    const { client, topic } = await officialClient();
    const [subscription] = await topic.createSubscription("workers", { ackDeadlineSeconds: 42 });

    const [metadata] = await subscription.getMetadata();
    const [topics] = await client.getTopics();
    const [subscriptions] = await client.getSubscriptions();
    const [ofTopic] = await topic.getSubscriptions();
    await subscription.delete();
    await topic.delete();

    expect(metadata).toMatchObject({ topic: topic.name, ackDeadlineSeconds: 42, state: "ACTIVE" });
    expect(topics.map(({ name }) => name)).toEqual([topic.name]);
    expect(subscriptions.map(({ name }) => name)).toEqual([subscription.name]);
    expect(ofTopic.map(({ name }) => name)).toEqual([subscription.name]);
    expect(await subscription.exists()).toEqual([false]);
    expect(await topic.exists()).toEqual([false]);
  });

  it("gets ALREADY_EXISTS and NOT_FOUND where they are due", async () => {
    const { client, topic } = await officialClient();
    await topic.createSubscription("workers");

    await expect(client.createTopic("events")).rejects.toMatchObject(ALREADY_EXISTS);
    await expect(topic.createSubscription("workers")).rejects.toMatchObject(ALREADY_EXISTS);
    await expect(client.topic("nowhere").publishMessage({ data: Buffer.from("a") })).rejects.toMatchObject(NOT_FOUND);
    await expect(client.topic("nowhere").createSubscription("other")).rejects.toMatchObject(NOT_FOUND);
    await expect(client.subscription("nowhere").getMetadata()).rejects.toMatchObject(NOT_FOUND);
    expect(await firstError(client.subscription("nowhere"))).toMatchObject(NOT_FOUND);
  });

  it("changes a subscription and its push endpoint", async () => {
    const { topic, pubsub } = await officialClient();
    const [subscription] = await topic.createSubscription("workers");

    await subscription.setMetadata({ ackDeadlineSeconds: 60, retryPolicy: { minimumBackoff: { seconds: 5 } } });
    await subscription.modifyPushConfig({ pushEndpoint: "http://127.0.0.1:9/push" });

    expect(pubsub.subscription(subscription.name).settings).toMatchObject({
      ackDeadlineSeconds: 60,
      retryPolicy: { minimumBackoff: "5s", maximumBackoff: "600s" },
      pushConfig: { pushEndpoint: "http://127.0.0.1:9/push" },
    });
  });

  it("publishes batches and streams every message to its handler", async () => {
    const { topic, pubsub } = await officialClient();
    const [subscription] = await topic.createSubscription("workers");
    const texts = Array.from({ length: 500 }, (_, i) => `message ${i}`);
    const seen: string[] = [];

    const ids = await Promise.all(
      texts.map((text) => topic.publishMessage({ data: Buffer.from(text), attributes: { n: text } })),
    );
    await receive(subscription, texts.length, (message) => {
      if (message.attributes["n"] === message.data.toString()) seen.push(message.id);
      message.ack();
    });
    await pubsub.drained(subscription.name);

    expect(new Set(ids).size).toBe(texts.length);
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect(pubsub.subscription(subscription.name)).toMatchObject({ delivered: texts.length, acked: texts.length });
  });

  it("gets a nack again, and counts the attempts up to the dead-letter topic", async () => {
    const { client, topic, pubsub } = await officialClient();
    const [dead] = await client.createTopic("dead");
    const [hold] = await dead.createSubscription("dead-hold");
    const [subscription] = await topic.createSubscription("workers", {
      deadLetterPolicy: { deadLetterTopic: dead.name, maxDeliveryAttempts: 5 },
    });
    await topic.publishMessage({ data: Buffer.from("poison"), attributes: { a: "b" } });
    const attempts: number[] = [];
    const letters: Record<string, string>[] = [];

    await receive(subscription, 5, (message) => {
      attempts.push(message.deliveryAttempt);
      message.nack();
    });
    await receive(hold, 1, (message) => {
      letters.push(message.attributes);
      message.ack();
    });

    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(letters).toEqual([
      expect.objectContaining({
        a: "b",
        CloudPubSubDeadLetterSourceSubscription: "workers",
        CloudPubSubDeadLetterSourceDeliveryCount: "5",
      }),
    ]);
    expect(pubsub.subscription(subscription.name).unacked).toBe(0);
  });

  it("keeps the order of a key", async () => {
    const { client, topic } = await officialClient();
    const [subscription] = await topic.createSubscription("workers", { enableMessageOrdering: true });
    const ordered = client.topic("events", { messageOrdering: true });
    const seen: Record<string, number[]> = { a: [], b: [] };

    for (let i = 0; i < 8; i++)
      for (const orderingKey of ["a", "b"]) void ordered.publishMessage({ data: Buffer.from(String(i)), orderingKey });
    await receive(subscription, 16, (message) => {
      seen[message.orderingKey ?? ""]?.push(Number(message.data.toString()));
      message.ack();
    });

    const inOrder = Array.from({ length: 8 }, (_, i) => i);
    expect(seen).toEqual({ a: inOrder, b: inOrder });
  });

  it("has no more messages at a time than it asks for", async () => {
    const { client, topic, pubsub } = await officialClient();
    const [{ name }] = await topic.createSubscription("workers");
    const flowControl = { maxMessages: 3, allowExcessMessages: false };
    const subscription = client.subscription("workers", { flowControl, streamingOptions: { maxStreams: 1 } });
    pubsub.publish(
      topic.name,
      Array.from({ length: 30 }, (_, i) => ({ data: String(i) })),
    );
    const leased: number[] = [];

    await receive(subscription, 30, (message) => {
      leased.push(pubsub.subscription(name).leased);
      message.ack();
    });

    expect(Math.max(...leased)).toBe(3);
  });

  it("loses nothing when a subscriber goes away with messages in hand", async () => {
    const { client, topic, pubsub } = await officialClient();
    await topic.createSubscription("workers");
    const total = 40;
    pubsub.publish(
      topic.name,
      Array.from({ length: total }, (_, i) => ({ data: String(i) })),
    );
    const seen = new Set<string>();

    // Closing gives back what has not been acknowledged.
    await receive(client.subscription("workers"), 10, () => undefined);
    await receive(client.subscription("workers"), total, (message) => {
      seen.add(message.data.toString());
      message.ack();
    });
    await pubsub.drained("projects/p/subscriptions/workers");

    expect(seen.size).toBe(total);
  });

  it("sees a deleted subscription end its stream", async () => {
    const { topic, pubsub } = await officialClient();
    const [subscription] = await topic.createSubscription("workers");
    const error = firstError(subscription);
    pubsub.publish(topic.name, [{ data: "a" }]);

    pubsub.deleteSubscription(subscription.name);

    expect(await error).toMatchObject(NOT_FOUND);
  });

  it("fails within its deadline when the emulator is closed", async () => {
    const { client, topic, pubsub } = await officialClient();
    await topic.publishMessage({ data: Buffer.from("a") });
    await pubsub.close();

    const retry = { retry: { retryCodes: [] }, timeout: 2000 };
    const publishing = client
      .topic("events", { gaxOpts: retry, batching: { maxMessages: 1 } })
      .publishMessage({ data: Buffer.from("b") });

    await expect(publishing).rejects.toMatchObject({ code: expect.any(Number) });
  });
});
