import { describe, expect, it } from "@jest/globals";
import { DEAD, DEAD_HOLD, pubsubHarness, SUBSCRIPTION, TOPIC } from "./pubsub-harness";

const data = Buffer.from("text").toString("base64");

describe("the REST API", () => {
  it("creates, shows, lists and deletes topics", async () => {
    const { call } = await pubsubHarness();
    const name = "projects/p/topics/more";

    const created = await call("PUT", name, { labels: { a: "b" }, messageRetentionDuration: "600s" });
    const shown = await call("GET", name);
    const listed = await call("GET", "projects/p/topics");
    const deleted = await call("DELETE", name);

    const topic = { name, labels: { a: "b" }, messageRetentionDuration: "600s" };
    expect([created, shown]).toEqual([
      { status: 200, body: topic },
      { status: 200, body: topic },
    ]);
    expect(listed.body).toEqual({ topics: [{ name: TOPIC }, { name: DEAD }, topic] });
    expect(deleted).toEqual({ status: 200, body: {} });
    expect((await call("GET", name)).status).toBe(404);
  });

  it("fills in the defaults of a subscription", async () => {
    const { call } = await pubsubHarness();

    const { body } = await call("PUT", SUBSCRIPTION, { topic: TOPIC, retryPolicy: {} });

    expect(body).toEqual({
      name: SUBSCRIPTION,
      topic: TOPIC,
      ackDeadlineSeconds: 10,
      messageRetentionDuration: "604800s",
      expirationPolicy: { ttl: "2678400s" },
      retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
      state: "ACTIVE",
    });
  });

  it("keeps a subscription that never expires as it is", async () => {
    const { call } = await pubsubHarness();

    await call("PUT", SUBSCRIPTION, { topic: TOPIC, expirationPolicy: {} });

    expect((await call("GET", SUBSCRIPTION)).body["expirationPolicy"]).toEqual({});
  });

  it("publishes, pulls and acknowledges", async () => {
    const { call, subscribe, pubsub, clock } = await pubsubHarness();
    subscribe();
    const message = { data, attributes: { time: "noon" }, orderingKey: "key" };

    const published = await call("POST", `${TOPIC}:publish`, { messages: [message] });
    const pulled = await call("POST", `${SUBSCRIPTION}:pull`, { maxMessages: 5 });
    const [received] = pulled.body["receivedMessages"] as { ackId: string }[];
    await call("POST", `${SUBSCRIPTION}:acknowledge`, { ackIds: [received?.ackId] });

    const [messageId] = published.body["messageIds"] as string[];
    expect(received).toEqual({
      ackId: expect.any(String),
      message: { ...message, messageId, publishTime: new Date(clock.now()).toISOString() },
    });
    expect(pubsub.subscription(SUBSCRIPTION).unacked).toBe(0);
  });

  it("pages through lists", async () => {
    const { call, pubsub } = await pubsubHarness();
    for (let i = 0; i < 5; i++) pubsub.createTopic(`projects/q/topics/topic-${i}`);
    const names: string[] = [];

    for (let token: unknown = ""; token !== undefined; ) {
      const { body } = await call("GET", `projects/q/topics?pageSize=2&pageToken=${token}`);
      names.push(...(body["topics"] as { name: string }[]).map(({ name }) => name));
      token = body["nextPageToken"];
    }

    expect(names).toEqual(Array.from({ length: 5 }, (_, i) => `projects/q/topics/topic-${i}`));
  });

  it("changes what the mask names and nothing else", async () => {
    const { call, subscribe } = await pubsubHarness();
    subscribe({ ackDeadlineSeconds: 20, labels: { a: "b" } });

    const { body } = await call("PATCH", SUBSCRIPTION, {
      subscription: { ackDeadlineSeconds: 30, labels: { c: "d" }, retryPolicy: { minimumBackoff: "1s" } },
      updateMask: "ackDeadlineSeconds,retryPolicy",
    });

    expect(body).toMatchObject({
      ackDeadlineSeconds: 30,
      labels: { a: "b" },
      retryPolicy: { minimumBackoff: "1s", maximumBackoff: "600s" },
    });
  });

  it("keeps the subscriptions of a deleted topic, without it", async () => {
    const { call, subscribe, publish, pull } = await pubsubHarness();
    subscribe();
    publish("a");

    await call("DELETE", TOPIC);

    expect((await call("GET", SUBSCRIPTION)).body["topic"]).toBe("_deleted-topic_");
    expect(await pull()).toHaveLength(1);
  });

  it.each([
    ["a topic that is not there", "GET", "projects/p/topics/nowhere", undefined, 404, "NOT_FOUND"],
    ["a topic that is there already", "PUT", TOPIC, {}, 409, "ALREADY_EXISTS"],
    ["a name that breaks the rules", "PUT", "projects/p/topics/x", {}, 400, "INVALID_ARGUMENT"],
    ["a name of Google's", "PUT", "projects/p/topics/google-topic", {}, 400, "INVALID_ARGUMENT"],
    ["a subscription of no topic", "PUT", SUBSCRIPTION, { topic: "projects/p/topics/no-topic" }, 404, "NOT_FOUND"],
    ["a body that is no JSON", "POST", `${TOPIC}:publish`, "{", 400, "INVALID_ARGUMENT"],
    ["a body that is no object", "POST", `${TOPIC}:publish`, "[]", 400, "INVALID_ARGUMENT"],
    ["data that is no base64", "POST", `${TOPIC}:publish`, { messages: [{ data: "*" }] }, 400, "INVALID_ARGUMENT"],
    ["a duration without a unit", "PUT", SUBSCRIPTION, { messageRetentionDuration: 600 }, 400, "INVALID_ARGUMENT"],
    ["a method that is not there", "POST", `${TOPIC}:sing`, {}, 404, "NOT_FOUND"],
    ["an empty acknowledgment", "POST", `${DEAD_HOLD}:acknowledge`, {}, 400, "INVALID_ARGUMENT"],
    ["an ack id of nobody's", "POST", `${DEAD_HOLD}:acknowledge`, { ackIds: ["?"] }, 400, "INVALID_ARGUMENT"],
    ["a pull of nothing", "POST", `${DEAD_HOLD}:pull`, { maxMessages: 0 }, 400, "INVALID_ARGUMENT"],
    ["an update of nothing", "PATCH", DEAD_HOLD, { subscription: {} }, 400, "INVALID_ARGUMENT"],
    ["a change of the topic", "PATCH", DEAD_HOLD, { subscription: {}, updateMask: "topic" }, 400, "INVALID_ARGUMENT"],
  ])("answers %s with a status of google.rpc", async (_, verb, path, body, code, status) => {
    const { call } = await pubsubHarness();

    const answer = await call(verb, path, body);

    expect(answer).toEqual({ status: code, body: { error: { code, status, message: expect.any(String) } } });
  });
});
