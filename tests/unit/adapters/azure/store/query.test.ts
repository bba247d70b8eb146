import { describe, expect, it } from "@jest/globals";
import { cosmosFailure } from "../../../../support/azure-stub";
import { errorOf } from "../../../../support/contract";
import { manualClock } from "../../../../support/manual-clock";
import { all, event, events, rowBatch } from "../../../../support/records";
import { ODD_TIMES } from "../../suites/archived";
import { COLLECTION, withContainer, withStub } from "./open";

const document = (number: number) => ({ ...event(number), eventId: event(number).id, time: event(number).at });

describe("reading one prediction", () => {
  it("is one request for its document", async () => {
    const requests = await withStub(
      () => ({ body: document(1) }),
      async (store, sent) => {
        expect(await store.read("k1", "a b")).toMatchObject({ id: "e1" });
        return sent.map(({ method, path, headers }) => [method, path, headers["x-ms-documentdb-partitionkey"]]);
      },
    );

    expect(requests).toEqual([["GET", `${COLLECTION}/docs/a%20b`, '["k1"]']]);
  });

  it("tells a document that is not there from a container that is not there", () =>
    withStub(
      ({ path }) =>
        path.endsWith("/e1") ? cosmosFailure(404, "NotFound") : cosmosFailure(404, "NotFound", { substatus: 1003 }),
      async (store) => {
        expect(await store.read("k1", "e1")).toBeUndefined();
        expect(await errorOf(store.read("k1", "e2"))).toMatchObject({ code: "unavailable" });
      },
    ));

  it("is tried again where it fails for a reason that may pass", () =>
    withStub(
      (_, number) => (number === 0 ? "reset" : { body: document(1) }),
      async (store) => {
        expect(await store.read("k1", "e1")).toMatchObject({ id: "e1" });
      },
      { maxAttempts: 2, clock: manualClock() },
    ));
});

describe("queries of a key", () => {
  it("are of its partition, in the service's order, and stop at the limit", async () => {
    const [rows, requests] = await withStub(
      (_, number) => ({
        headers: number < 2 ? { "x-ms-continuation": `page ${number}` } : {},
        body: { Documents: number === 1 ? [] : [document(number), document(number + 5)] },
      }),
      async (store, sent) => [await all(store.query({ key: "kü", newest: true, from: 5, to: 9, limit: 3 })), sent],
    );

    expect(rows.map(({ id }) => id)).toEqual(["e0", "e5", "e2"]);
    expect(requests.map(({ headers }) => headers["x-ms-continuation"])).toEqual([undefined, "page 0", "page 1"]);
    expect(requests[0]?.headers).toMatchObject({
      "content-type": "application/query+json",
      "x-ms-documentdb-isquery": "true",
      "x-ms-documentdb-partitionkey": '["k\\u00fc"]',
      "x-ms-max-item-count": "3",
    });
    expect(requests[0]?.json()).toEqual({
      query: 'SELECT * FROM c WHERE c.id != "~latest" AND c.time >= @from AND c.time < @to ORDER BY c.time DESC',
      parameters: [
        { name: "@from", value: 5 },
        { name: "@to", value: 9 },
      ],
    });
  });

  it("and of an id are one read", () =>
    withContainer({}, async (store) => {
      await store.write(rowBatch(9));

      expect(await all(store.query({ key: "k1", id: "e4", limit: 9 }))).toMatchObject([{ id: "e4" }]);
      expect(await all(store.query({ key: "k1", id: "e4", from: event(5).at, limit: 9 }))).toEqual([]);
      expect(await all(store.query({ key: "k1", id: "e3", limit: 9 }))).toEqual([]);
    }));
});

describe("queries of all keys", () => {
  it("ask for no order, which REST does not give over partitions, and make it themselves", async () => {
    const [rows, requests] = await withStub(
      (_, number) => ({
        headers: number === 0 ? { "x-ms-continuation": "next" } : {},
        body: { Documents: number === 0 ? [document(7), document(3)] : [document(5)] },
      }),
      async (store, sent) => [await all(store.query({ limit: 2 })), sent],
    );

    expect(rows.map(({ id }) => id)).toEqual(["e3", "e5"]);
    expect(requests[0]?.json<{ query: string }>().query).toBe('SELECT * FROM c WHERE c.id != "~latest"');
    expect(requests.map(({ headers }) => headers["x-ms-documentdb-query-enablecrosspartition"])).toEqual([
      "true",
      "true",
    ]);
    expect(requests[0]?.headers["x-ms-documentdb-partitionkey"]).toBeUndefined();
  });

  it("take any bounds", () =>
    withContainer({}, async (store) => {
      await store.write(rowBatch(3));

      for (const from of ODD_TIMES)
        for (const to of ODD_TIMES)
          for (const key of [undefined, "k0"]) {
            const query = { from, to, limit: 9, ...(key === undefined ? {} : { key }) };
            const found = from < 0 && to > 0 ? (key === undefined ? 3 : 1) : 0;
            expect(await all(store.query(query))).toHaveLength(found);
          }
    }));

  it("of nothing ask nothing", () =>
    withStub(
      () => ({ body: { Documents: [] } }),
      async (store, sent) => {
        expect(await all(store.query({ limit: 0 }))).toEqual([]);
        expect(sent).toHaveLength(0);
      },
    ));

  it("end when they are cancelled", () =>
    withContainer({}, async (store) => {
      await store.write(rowBatch(events(9)));
      const controller = new AbortController();
      const seen: string[] = [];

      const error = await errorOf(
        (async () => {
          for await (const { id } of store.query({ limit: 9 }, { signal: controller.signal })) {
            seen.push(id);
            controller.abort();
          }
        })(),
      );

      expect(error).toMatchObject({ code: "cancelled" });
      expect(seen).toHaveLength(1);
    }));
});
