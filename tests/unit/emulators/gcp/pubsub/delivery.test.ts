import { describe, expect, it } from "@jest/globals";
import { pubsubHarness, type Received, SUBSCRIPTION, TOPIC, textOf } from "./pubsub-harness";

const SECOND = 1000;

describe("a pull subscription", () => {
  it("gives each message to one of its subscribers at a time, with id and publish time", async () => {
    const { clock, publish, subscribe, pull } = await pubsubHarness();
    subscribe();
    const ids = publish("a", "b");

    const taken = [...(await pull(SUBSCRIPTION, 1)), ...(await pull())];

    expect(taken.map(textOf)).toEqual(["a", "b"]);
    expect(taken.map(({ message }) => message.messageId)).toEqual(ids);
    expect(taken[0]?.message.publishTime).toBe(new Date(clock.now()).toISOString());
    expect(taken[0]).not.toHaveProperty("deliveryAttempt");
    expect(await pull()).toEqual([]);
  });

  it("gets only what is published after it was made, like every other subscription of the topic", async () => {
    const { pubsub, publish, subscribe, pull } = await pubsubHarness();
    publish("before");
    subscribe();
    pubsub.createSubscription({ name: "projects/p/subscriptions/other", topic: TOPIC });

    publish("after");

    expect((await pull()).map(textOf)).toEqual(["after"]);
    expect((await pull("projects/p/subscriptions/other")).map(textOf)).toEqual(["after"]);
  });

  it("delivers again what is not acknowledged before the deadline, under another ack id", async () => {
    const { clock, publish, subscribe, pull, pubsub } = await pubsubHarness();
    subscribe({ ackDeadlineSeconds: 30 });
    publish("a");
    const [first] = await pull();

    await clock.advance(30 * SECOND - 1);
    const early = await pull();
    await clock.advance(1);
    const [second] = await pull();

    expect(early).toEqual([]);
    expect(second && textOf(second)).toBe("a");
    expect(second?.ackId).not.toBe(first?.ackId);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ expired: 1, delivered: 2, leased: 1 });
  });

  it("does not deliver again what was acknowledged", async () => {
    const { clock, publish, subscribe, pull, ack, pubsub } = await pubsubHarness();
    subscribe();
    publish("a");

    await ack(await pull());
    await clock.advance(3600 * SECOND);

    expect(await pull()).toEqual([]);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 1, unacked: 0 });
  });

  it("ignores an acknowledgment that comes after the deadline", async () => {
    const { clock, publish, subscribe, pull, ack } = await pubsubHarness();
    subscribe();
    publish("a");
    const late = await pull();
    await clock.advance(10 * SECOND);

    const { status } = await ack(late);

    expect(status).toBe(200);
    expect((await pull()).map(textOf)).toEqual(["a"]);
  });

  it("counts a deadline from the moment of its change", async () => {
    const { clock, publish, subscribe, pull, deadline } = await pubsubHarness();
    subscribe();
    publish("a");
    const taken = await pull();
    await clock.advance(9 * SECOND);

    await deadline(taken, 60);
    await clock.advance(60 * SECOND - 1);
    const early = await pull();
    await clock.advance(1);

    expect(early).toEqual([]);
    expect(await pull()).toHaveLength(1);
  });

  it("delivers a nack at once without a retry policy, after what waits already", async () => {
    const { publish, subscribe, pull, nack } = await pubsubHarness();
    subscribe();
    publish("a", "b");

    await nack(await pull(SUBSCRIPTION, 1));

    expect((await pull()).map(textOf)).toEqual(["b", "a"]);
  });

  it.each([
    ["a nack", "nack"],
    ["an expired deadline", "expire"],
  ])("doubles the backoff of the retry policy after %s, up to its maximum", async (_, way) => {
    const { clock, publish, subscribe, pull, nack } = await pubsubHarness();
    subscribe({ retryPolicy: { minimumBackoff: "10s", maximumBackoff: "35s" } });
    publish("a");
    let taken = await pull();
    const seen: [Received[], number][] = [];

    for (const wait of [10, 20, 35, 35]) {
      if (way === "nack") await nack(taken);
      else await clock.advance(10 * SECOND);
      await clock.advance(wait * SECOND - 1);
      const early = await pull();
      await clock.advance(1);
      taken = await pull();
      seen.push([early, taken.length]);
    }

    expect(seen).toEqual(Array.from({ length: 4 }, () => [[], 1]));
  });

  it("waits for a first message, and then does not wait for a second", async () => {
    const { call, publish, subscribe } = await pubsubHarness();
    subscribe();
    const waiting = call("POST", `${SUBSCRIPTION}:pull`, { maxMessages: 10 });
    // The request is there when the emulator answers another one.
    await call("GET", SUBSCRIPTION);

    publish("a");

    expect(((await waiting).body["receivedMessages"] as Received[]).map(textOf)).toEqual(["a"]);
  });

  it("answers a pull with nothing when the wait is over", async () => {
    const { call, clock, subscribe } = await pubsubHarness({ pullWaitMs: 5000 });
    subscribe();
    const waiting = call("POST", `${SUBSCRIPTION}:pull`, { maxMessages: 10 });
    while (clock.sleepers() === 0) await call("GET", SUBSCRIPTION);

    await clock.advance(5000);

    expect(await waiting).toEqual({ status: 200, body: { receivedMessages: [] } });
  });

  it("hands nothing to a pull whose caller has gone", async () => {
    const { clock, pubsub, publish, subscribe, pull } = await pubsubHarness();
    subscribe();
    const gone = new AbortController();
    const body = JSON.stringify({ maxMessages: 10 });
    const url = `http://${pubsub.endpoint}/v1/${SUBSCRIPTION}:pull`;
    const waiting = fetch(url, { method: "POST", body, signal: gone.signal }).catch(() => "gone");
    while (clock.sleepers() === 0) await pull("projects/p/subscriptions/dead-hold");

    gone.abort();
    await waiting;
    while (clock.sleepers() > 0) await pull("projects/p/subscriptions/dead-hold");
    publish("a");

    expect((await pull()).map(textOf)).toEqual(["a"]);
  });

  it("is drained when all is acknowledged", async () => {
    const { publish, subscribe, pull, ack, pubsub } = await pubsubHarness();
    subscribe();
    publish("a", "b");
    const steps: string[] = [];
    const drained = pubsub.drained(SUBSCRIPTION).then(() => steps.push("drained"));

    await ack(await pull(SUBSCRIPTION, 1));
    steps.push("half");
    await ack(await pull());
    await drained;

    expect(steps).toEqual(["half", "drained"]);
  });
});

describe("message ordering", () => {
  it("holds back a key behind its message that is not acknowledged, and no other key", async () => {
    const { pubsub, subscribe, pull, ack } = await pubsubHarness();
    subscribe({ enableMessageOrdering: true });
    for (const data of ["x1", "x2", "y1"]) pubsub.publish(TOPIC, [{ data, orderingKey: data.slice(0, 1) }]);
    pubsub.publish(TOPIC, [{ data: "free1" }, { data: "free2" }]);

    const first = await pull();
    await ack(first.slice(0, 1));

    expect(first.map(textOf)).toEqual(["x1", "y1", "free1", "free2"]);
    expect((await pull()).map(textOf)).toEqual(["x2"]);
  });

  it("delivers what failed before what follows it, also after a backoff", async () => {
    const { clock, pubsub, subscribe, pull, nack, ack } = await pubsubHarness();
    subscribe({ enableMessageOrdering: true, retryPolicy: { minimumBackoff: "10s" } });
    for (const data of ["1", "2", "3"]) pubsub.publish(TOPIC, [{ data, orderingKey: "key" }]);
    const order: string[] = [];

    await nack(await pull());
    const meanwhile = await pull();
    await clock.advance(10 * SECOND);
    for (let taken = await pull(); taken.length > 0; taken = await pull()) {
      order.push(...taken.map(textOf));
      await ack(taken);
    }

    expect(meanwhile).toEqual([]);
    expect(order).toEqual(["1", "2", "3"]);
  });

  it("is none where the subscription does not ask for it", async () => {
    const { pubsub, subscribe, pull } = await pubsubHarness();
    subscribe();
    pubsub.publish(TOPIC, [
      { data: "1", orderingKey: "key" },
      { data: "2", orderingKey: "key" },
    ]);

    const taken = await pull();

    expect(taken.map(textOf)).toEqual(["1", "2"]);
    expect(taken[0]?.message.orderingKey).toBe("key");
  });
});
