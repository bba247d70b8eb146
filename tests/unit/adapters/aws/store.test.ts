import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "@jest/globals";
import { awsStore } from "../../../../adapters/aws/store";
import { awsException } from "../../../support/aws-stub";
import { errorOf } from "../../../support/contract";
import type { HttpRequest } from "../../../support/http-stub";
import { manualClock } from "../../../support/manual-clock";
import { all, event, events, rowBatch } from "../../../support/records";
import { stopsMidway, writesRows } from "../suites/writing";
import { rawItem, TABLE, withStub, withTable } from "./store/open";

describe("writing to DynamoDB", () => {
  writesRows((test) => withTable({}, test), "x".repeat(400 * 1024));

  it("takes rows up to an item's size, also many at once", () =>
    withTable({}, async (store) => {
      const rows = events(8, { note: "\u0001".repeat(399 * 1024) });

      expect(await store.write(rowBatch(rows))).toEqual({ duplicates: [], failures: [] });
      expect((await store.read("k1", "e7"))?.prediction["note"]).toHaveLength(399 * 1024);
    }));

  it("sends 25 items at most, and none twice", async () => {
    const requests = await withStub(
      () => ({ body: {} }),
      async (store, sent) => {
        await store.write(rowBatch([...events(60), ...events(60)]));
        return sent.map(itemIds);
      },
    );

    expect(requests.map(({ length }) => length).sort((a, b) => a - b)).toEqual([10, 25, 25]);
    expect(new Set(requests.flat()).size).toBe(60);
  });

  it("sends again what came back unprocessed, that alone, after a pause", async () => {
    const clock = manualClock();
    const requests = await withStub(
      (request, number) => ({ body: number === 0 ? unprocessed(request, ["e1", "e3"]) : {} }),
      async (store, sent) => {
        const report = await store.write(rowBatch(5));
        expect(report).toEqual({ duplicates: [], failures: [] });
        return sent.map(itemIds);
      },
      { clock, random: () => 0.5 },
    );

    expect(requests).toEqual([
      ["e0", "e1", "e2", "e3", "e4"],
      ["e1", "e3"],
    ]);
    expect(clock.asked()).toBe(25);
  });

  it("reports what stays unprocessed as throttled, each row of it", async () => {
    const [failures, requests] = await withStub(
      (request) => ({ body: unprocessed(request, ["e1"]) }),
      async (store, sent) => {
        const report = await store.write(rowBatch([event(0), event(1), event(2), event(1)]));
        return [report.failures, sent.length] as const;
      },
      { clock: manualClock() },
    );

    expect(failures.map(({ index, error }) => [index, error.code, error.retryable])).toEqual([
      [1, "throttled", true],
      [3, "throttled", true],
    ]);
    expect(requests).toBe(4);
  });

  it("a request that is refused for one item is sent item by item", async () => {
    const failures = await withStub(
      (request) =>
        request.operation === "BatchWriteItem" || request.body.includes('"e2"')
          ? awsException("ValidationException", 400, "One or more parameter values are not valid.")
          : { body: {} },
      async (store) => (await store.write(rowBatch(4))).failures,
    );

    expect(failures).toMatchObject([{ index: 2, error: { code: "store-rejected", stage: "store" } }]);
  });

  it("blames no row where the table is another one", () =>
    withStub(
      () => awsException("ValidationException", 400, "The provided key element does not match the schema"),
      async (store) => {
        const { failures } = await store.write(rowBatch(2));

        expect(failures.map(({ error }) => error.retryable)).toEqual([true, true]);
      },
    ));

  it("a chunk that fails leaves the others alone", async () => {
    const failures = await withStub(
      (request) => (itemIds(request).includes("e0") ? awsException("InternalServerError", 500) : { body: {} }),
      async (store) => (await store.write(rowBatch(40))).failures,
    );

    expect(failures.map(({ index }) => index)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(new Set(failures.map(({ error }) => error.code))).toEqual(new Set(["unavailable"]));
  });

  stopsMidway({
    withStub: (answer, test) => withStub(answer, test, { concurrency: 1 }),
    idsOf: itemIds,
    taken: () => ({ body: {} }),
    rows: 40,
    hangs: "e30",
    left: Array.from({ length: 15 }, (_, i) => 25 + i),
  });

  it("names the table in its errors, and nothing of the rows", () =>
    withTable({ table: "another" }, async (store) => {
      const { failures } = await store.write(rowBatch([event(1, { note: "secret" })]));
      const error = await errorOf(store.read("k1", "e1"));

      expect(error).toMatchObject({ code: "unavailable", adapter: "aws/store", coordinates: { table: "another" } });
      expect(String(failures[0]?.error)).not.toContain("secret");
    }));
});

describe("time to live", () => {
  it("is in seconds, and only there if it is wanted", () =>
    withTable({ ttlDays: 2, clock: manualClock({ start: 1_000_500 }) }, async (store) => {
      await store.write(rowBatch([event(1)]));

      const item = await rawItem(store, "e1");

      expect(item).toMatchObject({ storedAt: { N: "1000500" }, expiresAt: { N: String(1_000 + 2 * 86_400) } });
    }));

  it("is absent by default", () =>
    withTable({}, async (store) => {
      await store.write(rowBatch([event(1)]));

      expect(Object.keys((await rawItem(store, "e1")) ?? {})).not.toContain("expiresAt");
    }));
});

describe("latest state", () => {
  it("is the newest event of a key, whatever comes later", () =>
    withTable({ latest: true }, async (store) => {
      await store.write(rowBatch([event(1), event(7), event(4)]));
      await store.write(rowBatch([event(1, { amount: 99 })]));

      expect(await rawItem(store, "#latest")).toMatchObject({ id: { S: "e7" }, time: { N: String(event(7).at) } });
    }));

  it("is no prediction: neither a scan nor a query of the key finds it", () =>
    withTable({ latest: true }, async (store) => {
      await store.write(rowBatch(6));

      expect(await all(store.query({ limit: 99 }))).toHaveLength(6);
      expect((await all(store.query({ key: "k1", limit: 99 }))).map(({ id }) => id)).toEqual(["e1", "e4"]);
    }));

  it("that cannot be written makes its row one to write again", async () => {
    const [failures, puts] = await withStub(
      ({ operation }) => (operation === "PutItem" ? awsException("InternalServerError", 500) : { body: {} }),
      async (store, sent) => {
        const report = await store.write(rowBatch([event(1), event(4), event(2)]));
        return [report.failures, sent.filter(({ operation }) => operation === "PutItem").length] as const;
      },
      { latest: true },
    );

    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "unavailable"],
      [2, "unavailable"],
    ]);
    expect(puts).toBe(2);
  });
});

describe("the client", () => {
  it("is the injected one, and stays open", () =>
    withTable({}, async (other) => {
      const store = awsStore({ table: TABLE, client: other.client });

      await store.close();

      expect(store.client).toBeInstanceOf(DynamoDBClient);
      expect(await other.write(rowBatch(1))).toEqual({ duplicates: [], failures: [] });
    }));
});

interface Batch {
  RequestItems: Record<string, { PutRequest: { Item: { sk: { S: string } } } }[]>;
}

function puts(request: HttpRequest) {
  return request.json<Batch>().RequestItems[TABLE] ?? [];
}

function itemIds(request: HttpRequest): string[] {
  return puts(request).map(({ PutRequest }) => PutRequest.Item.sk.S);
}

function unprocessed(request: HttpRequest, ids: readonly string[]) {
  const left = puts(request).filter(({ PutRequest }) => ids.includes(PutRequest.Item.sk.S));
  return { UnprocessedItems: { [TABLE]: left } };
}
