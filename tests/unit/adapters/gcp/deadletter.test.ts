import { describe, expect, it } from "@jest/globals";
import { encodeDeadLetter } from "sluice";
import { errorOf } from "../../../support/contract";
import { gcpFailure } from "../../../support/gcp-stub";
import { manualClock } from "../../../support/manual-clock";
import { all, letter } from "../../../support/records";
import { doing, received, SUBSCRIPTION, TOPIC, withLetters, withStub } from "./deadletter/open";

const everything = { limit: 100 };
const letters = (count: number) => Array.from({ length: count }, (_, i) => letter(i));

describe("putting letters", () => {
  it("publishes each once, with what a filter may ask for", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put([letter(1, { attempts: 1 }), letter(1, { attempts: 2 }), letter(2)]);

      const { messages } = pubsub.subscription(SUBSCRIPTION);

      expect(messages.map(({ attributes }) => attributes)).toEqual([
        { id: letter(1).id, code: "json" },
        { id: letter(2).id, code: "json" },
      ]);
      expect(messages[0]?.data.toString()).toBe(encodeDeadLetter(letter(1, { attempts: 1 })));
    }));

  it("takes an event up to its limit, with everything else as long as it can be, and tells of one beyond before it sends any", () =>
    withLetters({}, async (store, pubsub) => {
      const body = Buffer.alloc(store.capabilities.maxEventBytes, 0xff);
      await store.put([letter(1, { body, message: "\u0001".repeat(2_000), key: "\u{1f600}".repeat(128) })]);

      const error = await errorOf(store.put([letter(2), letter(3, { body: Buffer.concat([body, Buffer.alloc(1)]) })]));

      expect(error).toMatchObject({ code: "store-rejected", stage: "deadletter" });
      expect(pubsub.subscription(SUBSCRIPTION).unacked).toBe(1);
    }));

  it("fails if any letter is not durable", async () => {
    const error = await withStub(
      ({ json }) => {
        const { messages } = json<{ messages: { attributes: { id: string } }[] }>();
        if (messages.some(({ attributes }) => attributes.id === letter(1_500).id)) return gcpFailure("UNAVAILABLE");
        return { body: { messageIds: messages.map((_, i) => String(i)) } };
      },
      (store) => errorOf(store.put(letters(2_500))),
    );

    expect(error).toMatchObject({ code: "unavailable", stage: "deadletter", retryable: true });
  });

  it("asks the subscription for its topic, once", async () => {
    const paths = await withStub(
      ({ method }) => ({ body: method === "GET" ? { name: SUBSCRIPTION, topic: TOPIC } : { messageIds: ["1"] } }),
      async (store, requests) => {
        await store.put([letter(1)]);
        await store.put([letter(2)]);
        return requests.map(({ path }) => path);
      },
      { topic: undefined },
    );

    expect(paths).toEqual([`/v1/${SUBSCRIPTION}`, `/v1/${TOPIC}:publish`, `/v1/${TOPIC}:publish`]);
  });

  it("says so where the topic is gone", async () => {
    const error = await withStub(
      () => ({ body: { name: SUBSCRIPTION, topic: "_deleted-topic_" } }),
      (store) => errorOf(store.put([letter(1)])),
      { topic: undefined },
    );

    expect(String(error)).toContain("has no topic any more");
  });
});

describe("listing letters", () => {
  it("has them in hand meanwhile, and gives every one back at the end", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put(letters(30));
      const leased: number[] = [];

      for await (const _ of store.list(everything)) leased.push(pubsub.subscription(SUBSCRIPTION).leased);

      expect(new Set(leased)).toEqual(new Set([30]));
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 30 });
    }));

  it("gives them back when the caller stops early, or at its limit", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put(letters(30));

      for await (const _ of store.list(everything)) break;
      const afterBreak = pubsub.subscription(SUBSCRIPTION).leased;
      const found = await all(store.list({ limit: 2 }));

      expect(afterBreak).toBe(0);
      expect(found.map(({ id }) => id)).toEqual([letter(0).id, letter(1).id]);
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 30 });
    }));

  it("gives them back when it is cancelled halfway", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put(letters(5));
      const controller = new AbortController();

      const error = await errorOf(
        (async () => {
          for await (const _ of store.list(everything, { signal: controller.signal })) controller.abort();
        })(),
      );

      expect(error).toMatchObject({ code: "cancelled", stage: "deadletter" });
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 5 });
    }));

  it("shows a letter that is there twice once: the one that was there first", () =>
    withLetters({}, async (store) => {
      await store.put([letter(1, { attempts: 1 })]);
      await store.put([letter(1, { attempts: 2 })]);
      await store.put([letter(0)]);

      const found = await all(store.list(everything));

      expect(found.map(({ id, attempts }) => [id, attempts])).toEqual([
        [letter(0).id, 1],
        [letter(1).id, 1],
      ]);
    }));

  it("beyond what is sorted together gives portions, each in order, and each letter once", () =>
    withLetters({ maxPull: 200 }, async (store) => {
      await store.put(letters(500).reverse());
      await store.put(letters(500));

      const found = await all(store.list({ limit: 1_000 }));

      const times = found.map(({ failedAt }) => failedAt);
      expect(new Set(times).size).toBe(500);
      expect(found).toHaveLength(500);
      expect(times.filter((time, i) => i > 0 && time < times[i - 1]!).length).toBeLessThan(5);
    }));

  it("does not end with one empty answer, but with three in a row", async () => {
    const pulls = await withStub(
      (request, number) => {
        if (doing(request) !== "pull") return {};
        return { body: number === 1 ? { receivedMessages: [received(letter(1))] } : {} };
      },
      async (store, requests) => {
        expect(await all(store.list(everything))).toHaveLength(1);
        return requests.map(doing);
      },
    );

    expect(pulls).toEqual(["pull", "pull", "extend", "pull", "pull", "pull", "give back"]);
  });

  it("ends where no message comes in the time that a pull waits, and never asks for an immediate answer", async () => {
    const bodies = await withStub(
      () => "hang",
      async (store, requests) => {
        expect(await all(store.list(everything))).toEqual([]);
        return requests.map(({ json }) => json());
      },
      { waitMs: 20 },
    );

    expect(bodies).toEqual([{ maxMessages: 200 }]);
  });

  it("keeps messages in hand as long as its caller takes", async () => {
    const clock = manualClock({ auto: false });
    const done = await withStub(
      (request, number) =>
        doing(request) === "pull" && number === 0
          ? { body: { receivedMessages: letters(3).map((one) => received(one)) } }
          : {},
      async (store, requests) => {
        for await (const _ of store.list(everything)) clock.block(25_000);
        return requests.map(doing).filter((what) => what !== "pull");
      },
      { clock, leaseSeconds: 60 },
    );

    // Of a minute, half is over at the third letter.
    expect(done).toEqual(["extend", "extend", "give back"]);
  });

  it("leaves what is no letter where it is, and says so", () => {
    const seen: string[] = [];
    return withLetters({ onUnreadable: (id, why) => seen.push(`${id}: ${why}`) }, async (store, pubsub) => {
      const [id] = pubsub.publish(TOPIC, [{ data: "hello" }]);
      await store.put([letter(1)]);

      expect(await all(store.list(everything))).toHaveLength(1);
      expect(seen).toEqual([`${id}: it is no dead letter, and no subscription gave up on it`]);
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 2 });
    });
  });

  it("fails where the service fails, and what it had in hand ends by itself", async () => {
    const error = await withStub(
      (_, number) => (number === 0 ? { body: { receivedMessages: [received(letter(1))] } } : gcpFailure("UNAVAILABLE")),
      (store) => errorOf(all(store.list(everything))),
    );

    expect(error).toMatchObject({ code: "unavailable", coordinates: { subscription: SUBSCRIPTION } });
  });
});
