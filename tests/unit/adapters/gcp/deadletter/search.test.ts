import { describe, expect, it } from "@jest/globals";
import { errorOf } from "../../../../support/contract";
import { gcpFailure } from "../../../../support/gcp-stub";
import { manualClock } from "../../../../support/manual-clock";
import { all, letter } from "../../../../support/records";
import { doing, received, SUBSCRIPTION, withLetters, withStub } from "./open";

const everything = { limit: 100 };
const letters = (count: number) => Array.from({ length: count }, (_, i) => letter(i));

describe("getting letters", () => {
  it("looks once for all that are asked for at the same time, also for those that are not there", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put(letters(20));
      const wanted = [...letters(20).map(({ id }) => id), "x", "y"];

      const found = await Promise.all(wanted.map((id) => store.get(id)));

      expect(found.map((one) => one?.id)).toEqual([...letters(20).map(({ id }) => id), undefined, undefined]);
      expect(pubsub.subscription(SUBSCRIPTION).delivered).toBe(20);
    }));

  it("gives back what it had in hand when it is closed, and for a list", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put(letters(3));
      await store.get(letter(1).id);

      const listed = await all(store.list(everything));
      await store.get(letter(1).id);
      const leased = pubsub.subscription(SUBSCRIPTION).leased;
      await store.close();

      expect(listed).toHaveLength(3);
      expect(leased).toBe(3);
      expect(pubsub.subscription(SUBSCRIPTION).leased).toBe(0);
    }));

  it("gives the earlier of two copies", () =>
    withLetters({}, async (store) => {
      await store.put([letter(1, { attempts: 1 })]);
      await store.put([letter(1, { attempts: 2 })]);

      expect(await store.get(letter(1).id)).toMatchObject({ attempts: 1 });
    }));

  it("that is cancelled says so, and holds up nobody else", () =>
    withLetters({}, async (store) => {
      await store.put([letter(1)]);
      const controller = new AbortController();

      const cancelled = errorOf(store.get("x", { signal: controller.signal }));
      const found = store.get(letter(1).id);
      controller.abort();

      expect(await cancelled).toMatchObject({ code: "cancelled" });
      expect(await found).toMatchObject({ id: letter(1).id });
    }));
});

describe("taking letters", () => {
  it("takes every copy", () =>
    withLetters({}, async (store, pubsub) => {
      for (let copy = 0; copy < 3; copy++) await store.put([letter(1), letter(2)]);

      expect(await store.take([letter(1).id, letter(1).id])).toBe(1);
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 3 });
    }));

  it("does not pull again what was got before", async () => {
    const done = await withStub(
      (request, number) =>
        doing(request) === "pull" && number === 0
          ? { body: { receivedMessages: letters(3).map((one) => received(one)) } }
          : {},
      async (store, requests) => {
        await Promise.all(letters(3).map(({ id }) => store.get(id)));
        const before = requests.length;
        expect(await store.take([letter(0).id, letter(2).id])).toBe(2);
        return requests.slice(before).map((request) => [doing(request), request.json<object>()]);
      },
    );

    expect(done).toEqual([["acknowledge", { ackIds: [`ack-${letter(0).id}`, `ack-${letter(2).id}`] }]]);
  });

  it("pulls again what it may have lost meanwhile", async () => {
    const clock = manualClock({ auto: false });
    let pulls = 0;
    const acknowledged = await withStub(
      (request) => {
        if (doing(request) !== "pull" || ++pulls % 4 !== 1) return {};
        return { body: { receivedMessages: [received(letter(1), `ack-${pulls}`)] } };
      },
      async (store, requests) => {
        await store.get(letter(1).id);
        clock.block(60_000);
        expect(await store.take([letter(1).id])).toBe(1);
        return requests.filter((request) => doing(request) === "acknowledge").map(({ json }) => json());
      },
      { clock },
    );

    expect(acknowledged).toEqual([{ ackIds: ["ack-5"] }]);
  });

  it("acknowledges a thousand at a time", async () => {
    const many = letters(2_500);
    const counts = await withStub(
      (request, number) =>
        doing(request) === "pull" && number === 0
          ? { body: { receivedMessages: many.map((one) => received(one)) } }
          : {},
      async (store, requests) => {
        expect(await store.take(many.map(({ id }) => id))).toBe(2_500);
        return requests
          .filter((request) => doing(request) === "acknowledge")
          .map(({ json }) => json<{ ackIds: string[] }>().ackIds.length);
      },
    );

    expect(counts).toEqual([1_000, 1_000, 500]);
  });

  it("of several callers at once finds what each wants", () =>
    withLetters({}, async (store, pubsub) => {
      await store.put(letters(10));

      const counts = await Promise.all(letters(10).map(({ id }) => store.take([id, "unknown"])));

      expect(counts).toEqual(Array<number>(10).fill(1));
      expect(pubsub.subscription(SUBSCRIPTION)).toMatchObject({ leased: 0, unacked: 0 });
    }));

  it("gives the others back where it fails", async () => {
    const done = await withStub(
      (request, number) => {
        if (doing(request) === "acknowledge") return gcpFailure("UNAVAILABLE");
        return number === 0 ? { body: { receivedMessages: letters(2).map((one) => received(one)) } } : {};
      },
      async (store, requests) => {
        expect(await errorOf(store.take([letter(1).id]))).toMatchObject({ code: "unavailable" });
        return requests.at(-1)!;
      },
    );

    expect(doing(done)).toBe("give back");
    expect(done.json<{ ackIds: string[] }>().ackIds).toHaveLength(2);
  });
});
