import { describe, expect, it } from "@jest/globals";
import { LATEST } from "../../../../../adapters/azure/store";
import { cosmosFailure } from "../../../../support/azure-stub";
import { manualClock } from "../../../../support/manual-clock";
import { all, event, rowBatch } from "../../../../support/records";
import { PATH, withContainer, withStub, written } from "./open";

describe("a key's latest state", () => {
  it("is that of its newest event, in whatever order they come", () =>
    withContainer({ latest: true }, async (store, cosmos) => {
      await store.write(rowBatch([event(4), event(7, { amount: 70 }), event(1)]));
      await store.write(rowBatch([event(4, { amount: 40 })]));

      const state = cosmos.documents(PATH).find(({ id }) => id === LATEST);

      expect(state).toMatchObject({ key: "k1", eventId: "e7", time: event(7).at, prediction: { amount: 70 } });
    }));

  it("is no event: no query finds it, and an event may be called so", () =>
    withContainer({ latest: true }, async (store) => {
      await store.write(rowBatch([event(1), event(4, { id: LATEST })]));

      expect((await all(store.query({ limit: 9 }))).map(({ id }) => id)).toEqual(["e1", LATEST]);
      expect((await all(store.query({ key: "k1", limit: 9 }))).map(({ id }) => id)).toEqual(["e1", LATEST]);
      expect(await store.read("k1", LATEST)).toMatchObject({ id: LATEST, time: event(4).at });
    }));

  it("is that of the newest when many write it at once", () =>
    withContainer({ latest: true, clock: manualClock() }, async (store, cosmos) => {
      const writes = [3, 1, 4, 1, 5, 9, 2, 6].map((i) => store.write(rowBatch([event(i, { key: "hot" })])));
      const reports = await Promise.all(writes);

      expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
      expect(cosmos.documents(PATH).find(({ id }) => id === LATEST)).toMatchObject({ eventId: "e9" });
    }));

  it("is written on the condition that it is still the one that was read", async () => {
    const writes = await withStub(
      (request, number) => {
        if (request.method === "GET")
          return number < 3
            ? cosmosFailure(404, "NotFound")
            : { headers: { etag: '"7"' }, body: { id: LATEST, time: 0 } };
        if (number === 2) return cosmosFailure(409, "Conflict");
        return request.method === "PUT" ? { body: "" } : written(request);
      },
      async (store, sent) => {
        expect((await store.write(rowBatch([event(1)]))).failures).toEqual([]);
        return sent
          .slice(1)
          .map(({ method, headers }) => [method, headers["if-match"], headers["x-ms-documentdb-is-upsert"]]);
      },
      { latest: true, clock: manualClock() },
    );

    expect(writes).toEqual([
      ["GET", undefined, undefined],
      ["POST", undefined, undefined],
      ["GET", undefined, undefined],
      ["PUT", '"7"', undefined],
    ]);
  });

  it("that cannot be written makes its row one to write again, and no other", async () => {
    const { failures } = await withStub(
      (request) => {
        if (request.method === "GET") return cosmosFailure(404, "NotFound");
        const ofState = request.body.includes(`"id":"${LATEST}"`);
        return ofState && request.body.includes('"k1"') ? cosmosFailure(409, "Conflict") : written(request);
      },
      (store) => store.write(rowBatch(6)),
      { latest: true, clock: manualClock() },
    );

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[4, "conflict"]]);
  });
});
