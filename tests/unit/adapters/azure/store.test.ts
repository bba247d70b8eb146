import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { azureStore } from "../../../../adapters/azure/store";
import { cosmosFailure, stubCredentials } from "../../../support/azure-stub";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { gate } from "../../../support/promises";
import { all, event, events, rowBatch } from "../../../support/records";
import { stopsMidway, writesRows } from "../suites/writing";
import { COLLECTION, documentsOf, PATH, withContainer, withStub, written, writtenIds } from "./store/open";

describe("requests to Cosmos DB", () => {
  it("are one batch per key, all or nothing, and an upsert where a key has one row", async () => {
    const requests = await withStub(
      (request) => written(request),
      async (store, sent) => {
        expect(await store.write(rowBatch(4))).toEqual({ duplicates: [], failures: [] });
        return sent.map((request) => ({ ...request, ids: writtenIds(request) }));
      },
    );

    expect(requests.map(({ ids, headers }) => [ids, headers["x-ms-documentdb-partitionkey"]])).toEqual([
      [["e0", "e3"], '["k0"]'],
      [["e1"], '["k1"]'],
      [["e2"], '["k2"]'],
    ]);
    for (const { method, path } of requests) expect([method, path]).toEqual(["POST", `${COLLECTION}/docs`]);
    expect(requests[0]?.headers).toMatchObject({
      authorization: encodeURIComponent("type=aad&ver=1.0&sig=token of https://cosmos.azure.com"),
      "content-type": "application/json",
      "x-ms-version": "2020-07-15",
      "x-ms-date": expect.stringMatching(/GMT$/),
      "x-ms-cosmos-is-batch-request": "true",
      "x-ms-cosmos-batch-atomic": "true",
      prefer: "return=minimal",
    });
    expect(requests[1]?.headers).toMatchObject({ "x-ms-documentdb-is-upsert": "true", prefer: "return=minimal" });
    expect(requests[1]?.headers["x-ms-cosmos-is-batch-request"]).toBeUndefined();
  });

  it("have a hundred documents at most, and two million bytes", async () => {
    const sizes = await withStub(
      (request) => written(request),
      async (store, sent) => {
        await store.write(rowBatch(events(250, { key: "k" })));
        await store.write(rowBatch(events(9, { key: "k", note: "ü".repeat(300_000) })));
        return sent.map((request) => [writtenIds(request).length, request.body.length] as const);
      },
    );

    expect(sizes.map(([count]) => count)).toEqual([100, 100, 50, 3, 3, 3]);
    for (const [, bytes] of sizes) expect(bytes).toBeLessThan(2_000_000);
  });

  it("write the keys of the header in ASCII", async () => {
    const keys = await withStub(
      (request) => written(request),
      async (store, sent) => {
        await store.write(rowBatch([event(1, { key: 'k "ü" \u{1f600}' })]));
        return sent.map(({ headers }) => headers["x-ms-documentdb-partitionkey"]);
      },
    );

    expect(keys).toEqual(['["k \\"\\u00fc\\" \\ud83d\\ude00"]']);
  });

  it("run several at once, and no more than that", async () => {
    const enough = gate();
    let running = 0;
    let most = 0;
    await withStub(
      async (request) => {
        most = Math.max(most, ++running);
        if (running === 4) enough.open();
        await enough.promise;
        running--;
        return written(request);
      },
      (store) => store.write(rowBatch(events(20).map((each, i) => ({ ...each, key: `k${i}` })))),
      { concurrency: 4 },
    );

    expect(most).toBe(4);
  });
});

describe("writing to Cosmos DB", () => {
  writesRows((test) => withContainer({}, test), "ü".repeat(1024 * 1024));
});

describe("documents", () => {
  it("are as documented, and the same again for the same rows", () =>
    withContainer({ clock: manualClock({ start: 7 }), ttlDays: 2 }, async (store, cosmos) => {
      const row = rowBatch([event(1, { label: true })]);
      await store.write(row);
      const [first] = cosmos.documents(PATH);
      await store.write(row);

      expect(first).toMatchObject({
        ...{ id: "e1", key: "k1", eventId: "e1", time: event(1).at, truth: 1, model: "model-1", version: "1" },
        ...{ storedAt: 7, ttl: 172_800, prediction: { score: 0.01, suspicious: false, amount: 1, note: null } },
        features: Buffer.from(Float32Array.of(1, 1, 1).buffer).toString("base64"),
      });
      expect(cosmos.documents(PATH)).toHaveLength(1);
    }));

  it("live for ever unless they are told not to", () =>
    withContainer({}, async (store, cosmos) => {
      await store.write(rowBatch(1));

      expect(Object.keys(cosmos.documents(PATH)[0] ?? {})).not.toContain("ttl");
    }));

  it("have the hash of an id that cannot be a document's, and are found by the id all the same", () =>
    withContainer({}, async (store, cosmos) => {
      const odd = [
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "~latest",
        "tail ",
        "\u0001",
        "é".repeat(128),
        "plain",
        "~",
        "a b",
        "é",
      ];
      await store.write(rowBatch(odd.map((id) => event(1, { id }))));

      const stored = new Map(cosmos.documents(PATH).map(({ eventId, id }) => [eventId, id]));

      for (const id of odd.slice(0, 8))
        expect(stored.get(id)).toBe(`~${createHash("sha256").update(id).digest("hex")}`);
      for (const id of ["plain", "a b", "é"]) expect(stored.get(id)).toBe(id);
      for (const id of odd) expect(await store.read("k1", id)).toMatchObject({ id });
      expect(await all(store.query({ id: "a/b", limit: 9 }))).toMatchObject([{ id: "a/b" }]);
    }));

  it("that barely fit are stored, also among many of their key", () =>
    withContainer({}, async (store) => {
      const { failures } = await store.write(
        rowBatch([event(0), event(3, { note: "x".repeat(2 * 1024 * 1024 - 1_600) }), event(6)]),
      );

      expect(failures).toEqual([]);
      expect(await all(store.query({ key: "k0", limit: 9 }))).toHaveLength(3);
    }));
});

describe("a service that fails", () => {
  stopsMidway({
    withStub: (answer, test) => withStub(answer, test, { concurrency: 1 }),
    idsOf: writtenIds,
    taken: (request) => written(request),
    rows: 9,
    hangs: "e2",
    left: [2, 5, 8],
  });

  it("is called as often as the store may, and no more", async () => {
    const counts = await withStub(
      () => cosmosFailure(503, "ServiceUnavailable"),
      async (store, sent) => {
        const { failures } = await store.write(rowBatch([event(1)]));
        return [failures.map(({ error }) => error.code), sent.length];
      },
      { maxAttempts: 3, clock: manualClock() },
    );

    expect(counts).toEqual([["unavailable"], 3]);
  });

  it("is named in the errors, and nothing of the rows", () =>
    withStub(
      () => cosmosFailure(404, "NotFound", { substatus: 1003 }),
      async (store) => {
        const { failures } = await store.write(rowBatch([event(1, { note: "secret" })]));
        const error = await errorOf(store.read("k1", "e1"));

        expect(error).toMatchObject({
          code: "unavailable",
          adapter: "azure/store",
          coordinates: { container: expect.stringMatching(/\/dbs\/fraud\/colls\/predictions$/) },
        });
        expect(String(failures[0]?.error)).not.toContain("secret");
      },
    ));

  it("without a URL is a mistake in the settings", async () => {
    const store = azureStore({ container: "predictions", credentials: stubCredentials() });

    expect(String(await errorOf(store.write(rowBatch(1))))).toContain("is no URL");
  });
});

describe("request units", () => {
  it("are those of all answers, of refusals too", async () => {
    const units = await withStub(
      (request, number) => ({
        ...((number === 1 ? cosmosFailure(429, "TooManyRequests") : written(request)) as object),
        headers: { "x-ms-request-charge": "5.25" },
      }),
      async (store) => {
        await store.write(rowBatch(2));
        return store.requestUnits();
      },
      { maxAttempts: 2, clock: manualClock() },
    );

    expect(units).toBe(15.75);
  });

  it("are what the service counts", () =>
    withContainer({}, async (store, cosmos) => {
      await store.write(rowBatch(20));
      await all(store.query({ limit: 5 }));

      expect(store.requestUnits()).toBeGreaterThan(100);
      expect(store.requestUnits()).toBeCloseTo(cosmos.charge);
    }));
});

describe("a caller's rows", () => {
  it("can be its own again once they are written: nothing is read of them later", async () => {
    const rows = rowBatch(events(3, { key: "k" }));
    const documents = await withStub(
      (request) => written(request),
      async (store, sent) => {
        await store.write(rows);
        return sent.flatMap(documentsOf);
      },
    );

    expect(documents.map(({ eventId }) => eventId)).toEqual(["e0", "e1", "e2"]);
  });
});

describe("the client", () => {
  it("is the injected one", () =>
    withContainer({}, async (other) => {
      const store = azureStore({ container: "https://nowhere.invalid/dbs/d/colls/c", client: other.client });

      await store.write(rowBatch(1));
      await store.close();

      expect(store.client).toBe(other.client);
      expect(await other.read("k0", "e0")).toMatchObject({ id: "e0" });
    }));
});
