import { describe, expect, it } from "@jest/globals";
import { storageFailure } from "../../../support/azure-stub";
import { errorOf } from "../../../support/contract";
import { all } from "../../../support/records";
import { letterObjects, nameOf, waitsForAll } from "../suites/letters";
import { at, withLetters } from "./deadletter/open";

describe("a dead letter's blob", () => {
  letterObjects((test) => withLetters({}, (store, service) => test(store, async () => [...service.blobs.keys()])), at);

  it("has the same name whenever the letter is written, so that a crash in between writes it once", () =>
    withLetters({}, async (store, service, restart) => {
      await store.put([at("1", { failedAt: 1 })]);
      await restart().put([at("1", { failedAt: 2 })]);

      expect(await all(store.list({ limit: 9 }))).toMatchObject([{ failedAt: 1 }]);
      expect(service.blobs.size).toBe(1);
    }));
});

describe("putting letters", () => {
  waitsForAll(
    (answer, test) =>
      withLetters({}, async (store, { faults }) => {
        faults.set(answer);
        await test(store);
      }),
    storageFailure(503, "ServerBusy"),
    { code: "throttled", coordinates: { container: expect.stringMatching(/\/letters$/) } },
  );
});

describe("the queue", () => {
  it("is told where the letters are, once they are there", () =>
    withLetters({}, async (store, service) => {
      await store.put([at("1"), at("2")]);

      expect(service.messages().map((text) => JSON.parse(text))).toEqual([
        {
          letters: [
            { id: at("1").id, code: "json", blob: nameOf(at("1")) },
            { id: at("2").id, code: "json", blob: nameOf(at("2")) },
          ],
        },
      ]);
      expect(service.requests.at(-1)?.path).toContain("messagettl=-1");
    }));

  it("takes messages of 64 KiB: many letters are several", () =>
    withLetters({}, async (store, service) => {
      const letters = Array.from({ length: 700 }, (_, i) => at(String(i)));
      await store.put(letters);

      const texts = service.messages();

      expect(texts.length).toBeGreaterThan(2);
      for (const text of texts) expect(Buffer.from(text).toString("base64").length).toBeLessThanOrEqual(64 * 1024);
      expect(texts.flatMap((text) => JSON.parse(text).letters)).toHaveLength(700);
    }));

  it("that cannot be told fails the call, and is told when the letters come again", () =>
    withLetters({}, async (store, service) => {
      service.faults.set(({ path }) =>
        path.includes("/messages") ? storageFailure(403, "AuthorizationFailure") : undefined,
      );
      const error = await errorOf(store.put([at("1")]));
      service.faults.set(undefined);
      await store.put([at("1")]);

      expect(error).toMatchObject({ code: "credentials", coordinates: { queue: service.queue } });
      expect(service.messages()).toHaveLength(1);
      expect(service.blobs.size).toBe(1);
    }));

  it("is not told of nothing, and need not be there", () =>
    withLetters({ queue: undefined }, async (store, service, restart) => {
      await store.put([at("1")]);
      await restart().put([]);

      expect(service.messages()).toEqual([]);
    }));
});

describe("finding and taking letters", () => {
  it("reads names only", () =>
    withLetters({}, async (store, service, restart) => {
      await store.put([at("1"), at("2"), at("3")]);
      const before = service.requests.length;

      expect(await restart().take([at("1").id, at("3").id, "unknown"])).toBe(2);

      const made = service.requests.slice(before);
      expect(made.map(({ method, path }) => (path.includes("comp=list") ? "LIST" : method))).toEqual([
        "LIST",
        "DELETE",
        "DELETE",
      ]);
      expect([...service.blobs.keys()]).toEqual([nameOf(at("2"))]);
    }));

  it("does not list again what was listed before", () =>
    withLetters({}, async (store, service) => {
      await store.put([at("1")]);
      await all(store.list({ limit: 9 }));
      const before = service.requests.length;

      expect(await store.get(at("1").id)).toMatchObject({ id: at("1").id });
      await store.take([at("1").id]);

      expect(service.requests.slice(before).map(({ method }) => method)).toEqual(["GET", "DELETE"]);
    }));

  it("finds a letter of another process, and none that is gone", () =>
    withLetters({}, async (store, _, restart) => {
      await store.put([at("1")]);
      const other = restart();

      expect(await other.get(at("1").id)).toEqual(at("1"));
      await store.take([at("1").id]);
      expect(await other.get(at("1").id)).toBeUndefined();
      expect(await other.take([at("1").id])).toBe(0);
    }));

  it("fails if a single letter cannot be deleted", () =>
    withLetters({}, async (store, service) => {
      await store.put([at("1"), at("2")]);
      service.faults.set(({ method }) => (method === "DELETE" ? storageFailure(500, "InternalError") : undefined));

      expect(await errorOf(store.take([at("1").id]))).toMatchObject({ code: "unavailable", stage: "deadletter" });
    }));

  it("reads only what may have failed since then", () =>
    withLetters({}, async (store, service) => {
      await store.put([at("1")]);
      const before = service.requests.length;

      expect(await all(store.list({ limit: 9, from: Date.UTC(2026, 5, 1) }))).toEqual([]);
      expect(service.requests.slice(before).every(({ path }) => path.includes("comp=list"))).toBe(true);
    }));

  it("leaves alone what is no letter, and says so", async () => {
    const said: string[] = [];
    await withLetters({ onUnreadable: (blob) => said.push(blob) }, async (store, service) => {
      service.put("dead-letters/orders/0/junk.json", "junk");
      service.put("suspects/orders/sluice/0.json", "{}");
      await store.put([at("1")]);

      expect(await all(store.list({ limit: 9 }))).toHaveLength(1);
      expect(said).toEqual(["dead-letters/orders/0/junk.json"]);
    });
  });
});
