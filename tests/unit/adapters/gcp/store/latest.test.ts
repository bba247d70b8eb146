import { describe, expect, it } from "@jest/globals";
import { gcpStore, latestId } from "../../../../../adapters/gcp/store";
import { gcpFailure } from "../../../../support/gcp-stub";
import { manualClock } from "../../../../support/manual-clock";
import { all, event, rowBatch } from "../../../../support/records";
import { COLLECTION, rawDocument, statuses, withDatabase, withStub } from "./open";

const FAILED_PRECONDITION = 9;

describe("the latest state of a key", () => {
  it("is the newest event, whatever comes later", () =>
    withDatabase({ latest: true }, async (store, database) => {
      await store.write(rowBatch([event(1), event(7), event(4)]));
      await store.write(rowBatch([event(1, { amount: 99 })]));

      expect(rawDocument(database, latestId("k1"))?.fields).toMatchObject({
        latestOf: { stringValue: "k1" },
        id: { stringValue: "e7" },
        time: { integerValue: String(event(7).at) },
      });
    }));

  it("is no prediction: neither a scan nor a query of the key finds it", () =>
    withDatabase({ latest: true }, async (store) => {
      await store.write(rowBatch(6));

      expect(await all(store.query({ limit: 99 }))).toHaveLength(6);
      expect((await all(store.query({ key: "k1", limit: 99 }))).map(({ id }) => id)).toEqual(["e1", "e4"]);
    }));

  it("is right after many processes wrote one key at once", () =>
    withDatabase({}, async (store, database) => {
      const writers = Array.from({ length: 6 }, () =>
        gcpStore({ collection: COLLECTION, client: store.client, latest: true, random: () => 0 }),
      );
      const numbers = [5, 3, 8, 1, 9, 2];

      const reports = await Promise.all(
        writers.map((writer, i) => writer.write(rowBatch([event(numbers[i]!, { key: "hot" })]))),
      );

      expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
      expect(rawDocument(database, latestId("hot"))?.fields).toMatchObject({ id: { stringValue: "e9" } });
    }));

  it("is read again where another one has written meanwhile, and stays theirs if it is newer", async () => {
    const conditions: unknown[] = [];
    let reads = 0;
    const report = await withStub(
      (request) => {
        if (request.path.endsWith(":batchGet")) return { body: reads++ === 0 ? [] : [state(event(9).at, "t2")] };
        const { writes } = request.json<{ writes: { currentDocument?: object }[] }>();
        if (writes[0]?.currentDocument === undefined) return statuses(request);
        conditions.push(writes[0].currentDocument);
        return statuses(request, { e1: FAILED_PRECONDITION });
      },
      (store) => store.write(rowBatch([event(1)])),
      { latest: true },
    );

    expect(report.failures).toEqual([]);
    expect(conditions).toEqual([{ exists: false }]);
    expect(reads).toBe(2);
  });

  it("makes its row one to write again, if others always come first", async () => {
    const failures = await withStub(
      (request) => {
        if (request.path.endsWith(":batchGet")) return { body: [state(0, "t")] };
        return request.body.includes("updateTime") ? statuses(request, { e1: FAILED_PRECONDITION }) : statuses(request);
      },
      async (store) => (await store.write(rowBatch([event(1), event(2, { key: "k2" })]))).failures,
      { latest: true, clock: manualClock() },
    );

    expect(failures.map(({ index, error }) => [index, error.code, error.retryable])).toEqual([[0, "conflict", true]]);
  });

  it("that cannot be read makes the newest row of each key one to write again", async () => {
    const failures = await withStub(
      (request) => (request.path.endsWith(":batchGet") ? gcpFailure("UNAVAILABLE") : statuses(request)),
      async (store) => (await store.write(rowBatch([event(1), event(4), event(2)]))).failures,
      { latest: true },
    );

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "unavailable"],
      [2, "unavailable"],
    ]);
  });
});

function state(time: number, updateTime: string) {
  const name = `${COLLECTION}/${latestId("k1")}`;
  return { found: { name, fields: { time: { integerValue: String(time) } }, updateTime } };
}
