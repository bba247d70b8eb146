import type { ServerResponse } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { settled } from "../../../../support/manual-clock";
import { until } from "../../until";
import { DEAD, DEAD_HOLD, pubsubHarness, SUBSCRIPTION, TOPIC, textOf } from "./pubsub-harness";
import { pushEndpoint } from "./push-endpoint";

const POLICY = { deadLetterTopic: DEAD, maxDeliveryAttempts: 5 };

describe("a push subscription", () => {
  it("posts the message wrapped, in both spellings, and takes 204 for an acknowledgment", async () => {
    const { clock, pubsub, subscribe } = await pubsubHarness();
    const endpoint = await pushEndpoint();
    subscribe({ pushConfig: { pushEndpoint: endpoint.url }, deadLetterPolicy: POLICY });

    const [messageId] = pubsub.publish(TOPIC, [{ data: "text", attributes: { a: "b" }, orderingKey: "key" }]);
    await pubsub.idle();

    const publishTime = new Date(clock.now()).toISOString();
    expect(endpoint.requests).toHaveLength(1);
    expect(endpoint.requests[0]?.headers).toMatchObject({ "content-type": "application/json" });
    expect(endpoint.requests[0]?.headers).not.toHaveProperty("authorization");
    expect(endpoint.requests[0]?.body).toEqual({
      message: {
        data: Buffer.from("text").toString("base64"),
        attributes: { a: "b" },
        messageId,
        message_id: messageId,
        publishTime,
        publish_time: publishTime,
        orderingKey: "key",
      },
      subscription: SUBSCRIPTION,
      deliveryAttempt: 1,
    });
  });

  it("leaves out what the message has not, and the attempt where there is no dead-letter policy", async () => {
    const { pubsub, subscribe } = await pubsubHarness();
    const endpoint = await pushEndpoint();
    subscribe({ pushConfig: { pushEndpoint: endpoint.url } });

    pubsub.publish(TOPIC, [{ data: "text" }]);
    pubsub.publish(TOPIC, [{ attributes: { a: "b" } }]);
    await pubsub.idle();

    const ids = ["messageId", "message_id", "publishTime", "publish_time"];
    expect(endpoint.requests.map(({ body }) => Object.keys(body.message).toSorted())).toEqual([
      ["data", ...ids],
      ["attributes", ...ids],
    ]);
    expect(endpoint.requests[0]?.body).not.toHaveProperty("deliveryAttempt");
  });

  it.each([200, 201, 202, 204])("takes %d for an acknowledgment", async (status) => {
    const { pubsub, subscribe, publish } = await pubsubHarness();
    const endpoint = await pushEndpoint(() => status);
    subscribe({ pushConfig: { pushEndpoint: endpoint.url } });

    publish("a");
    await pubsub.idle();

    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 1, nacked: 0 });
  });

  it("takes 102 for an acknowledgment, whatever comes after it", async () => {
    const { pubsub, subscribe, publish } = await pubsubHarness();
    const endpoint = await pushEndpoint((_, response) => {
      response.writeProcessing();
      return 500;
    });
    subscribe({ pushConfig: { pushEndpoint: endpoint.url } });

    publish("a");
    await pubsub.idle();

    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 1, nacked: 0 });
  });

  it.each([203, 301, 400, 404, 429, 500, 503])(
    "takes %d for a refusal: again by the retry policy, with the next attempt",
    async (status) => {
      const { clock, pubsub, subscribe, publish } = await pubsubHarness();
      const endpoint = await pushEndpoint(({ body }) => (body.deliveryAttempt === 1 ? status : 204));
      subscribe({
        pushConfig: { pushEndpoint: endpoint.url },
        retryPolicy: { minimumBackoff: "10s" },
        deadLetterPolicy: POLICY,
      });
      publish("a");
      await until(() => pubsub.stats.nacked === 1);

      await clock.advance(9_999);
      const early = endpoint.requests.length;
      await clock.advance(1);
      await pubsub.idle();

      expect(early).toBe(1);
      expect(endpoint.requests.map(({ body }) => body.deliveryAttempt)).toEqual([1, 2]);
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ nacked: 1, acked: 1 });
    },
  );

  it("drops the connection at the acknowledgment deadline and pushes again; the late answer counts for nothing", async () => {
    const { clock, pubsub, subscribe, publish } = await pubsubHarness();
    const hanging: ServerResponse[] = [];
    const endpoint = await pushEndpoint((_, response) => {
      if (hanging.length > 0) return 204;
      hanging.push(response);
      return undefined;
    });
    subscribe({ pushConfig: { pushEndpoint: endpoint.url }, ackDeadlineSeconds: 20 });
    publish("slow");
    await until(() => endpoint.requests.length === 1);

    await clock.advance(19_999);
    const early = endpoint.requests[0]?.dropped;
    await clock.advance(1);
    await until(() => endpoint.requests[0]?.dropped === true);
    hanging[0]?.end();
    await pubsub.idle();

    expect(early).toBe(false);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ expired: 1, nacked: 0, acked: 1, delivered: 2 });
  });

  it("moves what is refused too often to the dead-letter topic", async () => {
    const { clock, pubsub, subscribe, publish, pull } = await pubsubHarness();
    const endpoint = await pushEndpoint(({ text }) => (text === "poison" ? 400 : 204));
    subscribe({ pushConfig: { pushEndpoint: endpoint.url }, deadLetterPolicy: POLICY });

    publish("good", "poison", "better");
    await until(
      () => pubsub.subscription(SUBSCRIPTION).unacked === 0,
      () => clock.advance(100),
    );

    expect((await pull(DEAD_HOLD)).map(textOf)).toEqual(["poison"]);
    expect(endpoint.requests.filter(({ text }) => text === "poison")).toHaveLength(5);
    expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ acked: 2, deadLettered: 1 });
  });

  it("takes an endpoint that is not there for a refusal, and leaves it alone for longer and longer", async () => {
    const { clock, pubsub, subscribe, publish } = await pubsubHarness();
    subscribe({ pushConfig: { pushEndpoint: "http://127.0.0.1:1/" } });
    publish("a");
    const pauses: number[] = [];

    // The window shrinks from four to one before the first pause.
    await until(() => pubsub.stats.nacked === 3);
    for (let nacked = pubsub.stats.nacked; pauses.length < 4; nacked = pubsub.stats.nacked) {
      const start = clock.now();
      await until(
        () => pubsub.stats.nacked > nacked && !pubsub.busy(),
        () => (pubsub.busy() ? settled() : clock.advance(50)),
      );
      pauses.push(clock.now() - start);
    }

    expect(pauses).toEqual([100, 200, 400, 800]);
  });

  it("starts with few requests at a time and has more as they succeed, up to its most", async () => {
    const { pubsub, subscribe, publish } = await pubsubHarness({ maxPushWindow: 16 });
    const waiting: ServerResponse[] = [];
    const endpoint = await pushEndpoint((_, response) => void waiting.push(response));
    subscribe({ pushConfig: { pushEndpoint: endpoint.url } });
    const atOnce: number[] = [];

    publish(...Array.from({ length: 60 }, (_, i) => String(i)));
    for (const size of [4, 8, 16, 16]) {
      await until(() => waiting.length === size);
      atOnce.push(endpoint.at.once);
      for (const response of waiting.splice(0)) response.writeHead(204).end();
    }
    await until(() => waiting.length === 16);
    for (const response of waiting.splice(0)) response.writeHead(204).end();
    await pubsub.idle();

    expect(atOnce).toEqual([4, 8, 16, 16]);
    expect(endpoint.at.most).toBe(16);
  });

  it("follows its settings: another endpoint, and none", async () => {
    const { pubsub, call, subscribe, publish, pull } = await pubsubHarness();
    const [one, other] = [await pushEndpoint(), await pushEndpoint()];
    subscribe({ pushConfig: { pushEndpoint: one.url } });
    const redirect = (pushConfig: object) => call("POST", `${SUBSCRIPTION}:modifyPushConfig`, { pushConfig });

    publish("1");
    await pubsub.idle();
    await redirect({ pushEndpoint: other.url });
    publish("2");
    await pubsub.idle();
    await redirect({});
    publish("3");

    expect([one, other].map(({ requests }) => requests.map(({ text }) => text))).toEqual([["1"], ["2"]]);
    expect((await pull()).map(textOf)).toEqual(["3"]);
  });

  it("ends what is on its way when the emulator is closed", async () => {
    const { pubsub, subscribe, publish } = await pubsubHarness();
    const endpoint = await pushEndpoint(() => undefined);
    subscribe({ pushConfig: { pushEndpoint: endpoint.url } });
    publish("a");
    await until(() => endpoint.requests.length === 1);

    await pubsub.close();
    await until(() => endpoint.requests[0]?.dropped === true);

    expect(pubsub.busy()).toBe(false);
  });
});
