import { describe, expect, it } from "@jest/globals";
import { encodeEnvelope } from "sluice";
import { errorOf } from "../../../../support/contract";
import { gcpFailure } from "../../../../support/gcp-stub";
import { all, letter } from "../../../../support/records";
import { doing, FORWARDED, SUBSCRIPTION, TOPIC, withLetters, withStub } from "./open";

const everything = { limit: 100 };
const EVENTS = ['{"a":1}', '{"b":2}', "two\nlines"];
const envelope = { data: encodeEnvelope(EVENTS, 5), attributes: FORWARDED };

describe("what a subscription gave up on", () => {
  it("is one letter per event, with the bytes of each", () =>
    withLetters({ pipeline: "fraud" }, async (store, pubsub) => {
      const [id] = pubsub.publish(TOPIC, [envelope]);

      const found = await all(store.list(everything));

      expect(found.map(({ body }) => body.toString())).toEqual(EVENTS);
      expect(found.map(({ position }) => position.index)).toEqual([0, 1, 2]);
      expect(found[1]).toMatchObject({
        code: "internal",
        stage: "engine",
        attempts: 7,
        pipeline: "fraud",
        message: "The subscription events-push gave up on the whole message.",
        position: { source: "events-push", partition: "events-push", offset: id },
      });
    }));

  it.each([
    ["a message that is no envelope", "{}", ["{}"]],
    ["an envelope of nothing", encodeEnvelope([], 5), [encodeEnvelope([], 5)]],
    ["an envelope that was cut", encodeEnvelope(EVENTS, 5).slice(0, -14), [encodeEnvelope(EVENTS, 5).slice(0, -14)]],
    ["a message of nothing", "", [""]],
  ])("%s is one letter", (_, data, bodies) =>
    withLetters({}, async (store, pubsub) => {
      pubsub.publish(TOPIC, [{ data, attributes: FORWARDED }]);

      expect((await all(store.list(everything))).map(({ body }) => body.toString())).toEqual(bodies);
    }),
  );

  it("is told from a row of results that BigQuery would not have", () =>
    withLetters({}, async (store, pubsub) => {
      pubsub.publish(TOPIC, [{ data: '{"event_id":"e1"}', attributes: { ...FORWARDED, sluice: "result" } }]);

      expect(await all(store.list(everything))).toMatchObject([{ code: "store-rejected", stage: "store" }]);
    }));

  it("that is taken in part becomes letters of our own before it goes", () =>
    withLetters({}, async (store, pubsub, open) => {
      pubsub.publish(TOPIC, [envelope]);
      const before = await all(store.list(everything));

      expect(await store.take([before[1]!.id])).toBe(1);

      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 2 });
      expect(await all(open().list(everything))).toEqual([before[0], before[2]]);
    }));

  it("that is taken event by event, while it is listed, is gone at the end", () =>
    withLetters({}, async (store, pubsub) => {
      pubsub.publish(TOPIC, [envelope, envelope]);
      await store.put([letter(1)]);
      const seen: string[] = [];

      for await (const { id } of store.list(everything)) {
        seen.push(id);
        expect(await store.take([id])).toBe(1);
      }

      expect(new Set(seen).size).toBe(7);
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 0 });
    }));

  it("that is taken as a whole goes without anything published", () =>
    withLetters({}, async (store, pubsub) => {
      pubsub.publish(TOPIC, [envelope]);
      const ids = (await all(store.list(everything))).map(({ id }) => id);

      expect(await store.take(ids)).toBe(3);

      expect(pubsub.topic(TOPIC).published).toBe(1);
      expect(pubsub.subscription(SUBSCRIPTION).unacked).toBe(0);
    }));

  it("stays where its other letters could not be made durable", async () => {
    const data = Buffer.from(envelope.data).toString("base64");
    const message = { data, attributes: FORWARDED, messageId: "7", publishTime: "2026-01-01T00:00:00Z" };
    let pulls = 0;
    const done = await withStub(
      (request, number) => {
        if (doing(request) === "publish") return gcpFailure("UNAVAILABLE");
        if (doing(request) !== "pull" || pulls++ % 4 !== 0) return {};
        return { body: { receivedMessages: [{ ackId: `a${number}`, message }] } };
      },
      async (store, requests) => {
        const [first] = await all(store.list({ limit: 1 }));
        const before = requests.length;
        expect(await errorOf(store.take([first!.id]))).toMatchObject({ code: "unavailable" });
        return requests.slice(before).map(doing);
      },
    );

    expect(done).not.toContain("acknowledge");
    expect(done.slice(-2)).toEqual(["publish", "give back"]);
  });
});
