import { describe, expect, it } from "@jest/globals";
import { pubsubHarness, SUBSCRIPTION, TOPIC, textOf } from "./pubsub-harness";

const MINUTE = 60_000;
const RETAINED = "projects/p/topics/retained";

async function harness() {
  const all = await pubsubHarness();
  const seek = (time: number) =>
    all.call("POST", `${SUBSCRIPTION}:seek`, { time: new Date(time).toISOString() }).then(({ status }) => status);
  return { ...all, seek };
}

describe("retention", () => {
  it("discards what is older, acknowledged or not", async () => {
    const { clock, pubsub, subscribe, publish, pull } = await harness();
    subscribe({ messageRetentionDuration: "600s" });
    publish("old");
    await clock.advance(5 * MINUTE);
    publish("new");

    await clock.advance(5 * MINUTE + 1);

    expect((await pull()).map(textOf)).toEqual(["new"]);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ discarded: 1, unacked: 1 });
  });

  it("leaves a message to who has it until the deadline", async () => {
    const { clock, subscribe, publish, pull, ack, pubsub } = await harness();
    subscribe({ messageRetentionDuration: "600s", ackDeadlineSeconds: 600 });
    publish("a");
    await clock.advance(5 * MINUTE);
    const taken = await pull();
    await clock.advance(6 * MINUTE);

    await ack(taken);

    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 1, discarded: 0, unacked: 0 });
  });
});

describe("a seek", () => {
  it("brings back acknowledged messages that the subscription retains, from a time on, in order", async () => {
    const { clock, subscribe, publish, pull, ack, seek } = await harness();
    subscribe({ retainAckedMessages: true });
    publish("1");
    await clock.advance(MINUTE);
    const time = clock.now();
    publish("2", "3");
    await ack(await pull());

    const status = await seek(time);

    expect(status).toBe(200);
    expect((await pull()).map(textOf)).toEqual(["2", "3"]);
  });

  it("brings back what the topic retains, also from before the subscription was made", async () => {
    const { clock, pubsub, pull, seek } = await harness();
    pubsub.createTopic({ name: RETAINED, messageRetentionDuration: "3600s" });
    const time = clock.now();
    pubsub.publish(RETAINED, [{ data: "early" }]);
    pubsub.createSubscription({ name: SUBSCRIPTION, topic: RETAINED });

    await seek(time);

    expect((await pull()).map(textOf)).toEqual(["early"]);
  });

  it("does not bring back what nobody retains, nor what is retained no longer", async () => {
    const { clock, pubsub, pull, ack, seek } = await harness();
    pubsub.createTopic({ name: RETAINED, messageRetentionDuration: "600s" });
    pubsub.createSubscription({ name: SUBSCRIPTION, topic: RETAINED });
    const time = clock.now();
    pubsub.publish(RETAINED, [{ data: "gone" }]);
    await ack(await pull());
    await clock.advance(10 * MINUTE + 1);
    pubsub.publish(RETAINED, [{ data: "there" }]);
    await ack(await pull());

    await seek(time);

    expect((await pull()).map(textOf)).toEqual(["there"]);
  });

  it("acknowledges all before its time, and withdraws what is delivered now", async () => {
    const { clock, pubsub, subscribe, publish, pull, ack, seek } = await harness();
    subscribe();
    publish("1", "2");
    const taken = await pull(SUBSCRIPTION, 1);
    await clock.advance(1);

    await seek(clock.now());
    await ack(taken);

    expect(await pull()).toEqual([]);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ unacked: 0, leased: 0, acked: 0, discarded: 2 });
  });

  it("keeps the attempts of what was not acknowledged", async () => {
    const { clock, subscribe, publish, pull, nack, seek } = await harness();
    subscribe({ deadLetterPolicy: { deadLetterTopic: TOPIC, maxDeliveryAttempts: 5 } });
    publish("a");
    await nack(await pull());

    await seek(clock.now());

    expect((await pull())[0]?.deliveryAttempt).toBe(2);
  });

  it("refuses to go to a snapshot", async () => {
    const { call, subscribe } = await harness();
    subscribe();

    const { status } = await call("POST", `${SUBSCRIPTION}:seek`, { snapshot: "projects/p/snapshots/s" });

    expect(status).toBe(501);
  });
});
