import { describe, expect, it } from "@jest/globals";
import { DEAD, DEAD_HOLD, pubsubHarness, SUBSCRIPTION, TOPIC, textOf } from "./pubsub-harness";

const POLICY = { deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 } };

describe("a dead-letter policy", () => {
  it("counts the deliveries of each message", async () => {
    const { subscribe, publish, pull, nack } = await pubsubHarness();
    subscribe(POLICY);
    publish("a");
    const attempts: (number | undefined)[] = [];

    for (let i = 0; i < 3; i++) {
      const taken = await pull();
      attempts.push(taken[0]?.deliveryAttempt);
      await nack(taken);
    }

    expect(attempts).toEqual([1, 2, 3]);
  });

  it("forwards a message after the last attempt, with where it comes from, and settles it at the source", async () => {
    const { clock, pubsub, subscribe, pull, nack } = await pubsubHarness();
    subscribe(POLICY);
    const published = new Date(clock.now()).toISOString().replace("Z", "+00:00");
    const [id] = pubsub.publish(TOPIC, [{ data: "poison", attributes: { a: "b" } }]);

    for (let i = 0; i < 5; i++) {
      await clock.advance(1000);
      await nack(await pull());
    }
    const [letter] = await pull(DEAD_HOLD);

    expect(letter && textOf(letter)).toBe("poison");
    expect(letter?.message.messageId).not.toBe(id);
    expect(letter?.message.attributes).toEqual({
      a: "b",
      CloudPubSubDeadLetterSourceDeliveryCount: "5",
      CloudPubSubDeadLetterSourceSubscription: "workers",
      CloudPubSubDeadLetterSourceSubscriptionProject: "p",
      CloudPubSubDeadLetterSourceTopicPublishTime: published,
    });
    expect(await pull()).toEqual([]);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ deadLettered: 1, nacked: 5, unacked: 0 });
  });

  it("forwards after expired deadlines as after nacks", async () => {
    const { clock, pubsub, subscribe, publish, pull } = await pubsubHarness();
    subscribe(POLICY);
    publish("slow");

    for (let i = 0; i < 5; i++) {
      await pull();
      await clock.advance(10_000);
    }

    expect((await pull(DEAD_HOLD)).map(textOf)).toEqual(["slow"]);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ expired: 5, deadLettered: 1, unacked: 0 });
  });

  it("keeps the message where the dead-letter topic is gone", async () => {
    const { pubsub, call, subscribe, publish, pull, nack } = await pubsubHarness();
    subscribe(POLICY);
    publish("a");
    await call("DELETE", DEAD);

    for (let i = 0; i < 6; i++) await nack(await pull());

    expect((await pull())[0]?.deliveryAttempt).toBe(7);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ deadLettered: 0, unacked: 1 });
  });

  it("lets the next message of an ordering key go on", async () => {
    const { pubsub, subscribe, pull, nack } = await pubsubHarness();
    subscribe({ ...POLICY, enableMessageOrdering: true });
    for (const data of ["1", "2"]) pubsub.publish(TOPIC, [{ data, orderingKey: "key" }]);

    for (let i = 0; i < 5; i++) await nack(await pull());

    expect((await pull()).map(textOf)).toEqual(["2"]);
  });

  it("refuses a topic that is not there, and a number of attempts out of range", async () => {
    const { call } = await pubsubHarness();
    const create = (deadLetterTopic: string, maxDeliveryAttempts: number) =>
      call("PUT", SUBSCRIPTION, { topic: TOPIC, deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts } });

    const answers = [await create("projects/p/topics/nowhere", 5), await create(DEAD, 4), await create(DEAD, 101)];

    expect(answers.map(({ body }) => body.error?.status)).toEqual([
      "NOT_FOUND",
      "INVALID_ARGUMENT",
      "INVALID_ARGUMENT",
    ]);
  });
});
