import { describe, expect, it } from "@jest/globals";
import type { AwsStore } from "../../../../../adapters/aws/store";
import { errorOf } from "../../../../support/contract";
import { all, event, rowBatch } from "../../../../support/records";
import { withStub, withTable } from "./open";

describe("queries of DynamoDB", () => {
  it("find an id without its key, and an id with its key in the given time only", () =>
    withTable({}, async (store) => {
      await store.write(rowBatch(5));
      const ids = async (query: Parameters<AwsStore["query"]>[0]) =>
        (await all(store.query(query))).map(({ id }) => id);

      expect(await ids({ id: "e3", limit: 5 })).toEqual(["e3"]);
      expect(await ids({ id: "e3", key: "k0", limit: 5 })).toEqual(["e3"]);
      expect(await ids({ id: "e3", key: "k0", to: event(3).at, limit: 5 })).toEqual([]);
      expect(await ids({ id: "e3", key: "k1", limit: 5 })).toEqual([]);
      expect(await ids({ limit: 0 })).toEqual([]);
    }));

  it("keep the order of time over many pages", async () => {
    const rows = await withPages(20, 50, (store) => all(store.query({ newest: true, limit: 3 })));

    expect(rows.map(({ id }) => id)).toEqual(["e999", "e998", "e997"]);
  });

  it("give all rows of a large table, or as many as were asked for", async () => {
    const counts = await withPages(11, 1_000, async (store) => [
      (await all(store.query({ limit: Number.MAX_SAFE_INTEGER }))).length,
      (await all(store.query({ limit: 10_500 }))).length,
    ]);

    expect(counts).toEqual([11_000, 10_500]);
  });

  it("stop when they are cancelled", async () => {
    const controller = new AbortController();
    const error = await withPages(2, 10, async (store) => {
      const rows = store.query({ limit: Number.MAX_SAFE_INTEGER }, { signal: controller.signal });
      return errorOf(
        (async () => {
          for await (const _ of rows) controller.abort();
        })(),
      );
    });

    expect(error).toMatchObject({ code: "cancelled", stage: "store" });
  });
});

/** A table of so many pages; the times of its rows are in no order. */
function withPages<T>(pages: number, rows: number, test: (store: AwsStore) => Promise<T>): Promise<T> {
  return withStub((request) => {
    const page = Number(request.json<{ ExclusiveStartKey?: { pk: { S: string } } }>().ExclusiveStartKey?.pk.S ?? 0);
    const items = Array.from({ length: rows }, (_, i) => {
      const time = (page * rows + i) * 7_919;
      const number = time % (pages * rows);
      return { pk: { S: "k" }, sk: { S: `e${number}` }, time: { N: String(number) } };
    });
    const next = page + 1 < pages ? { LastEvaluatedKey: { pk: { S: String(page + 1) } } } : {};
    return { body: { Items: items, ...next } };
  }, test);
}
