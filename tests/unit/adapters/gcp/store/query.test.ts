import { describe, expect, it } from "@jest/globals";
import type { GcpStore } from "../../../../../adapters/gcp/store";
import { errorOf } from "../../../../support/contract";
import { gcpFailure } from "../../../../support/gcp-stub";
import { manualClock } from "../../../../support/manual-clock";
import { all, event, rowBatch } from "../../../../support/records";
import { COLLECTION, withDatabase, withStub } from "./open";

describe("queries of Firestore", () => {
  it("find an id without its key, and an id with its key in the given time only", () =>
    withDatabase({}, async (store) => {
      await store.write(rowBatch(5));
      const ids = async (query: Parameters<GcpStore["query"]>[0]) =>
        (await all(store.query(query))).map(({ id }) => id);

      expect(await ids({ id: "e3", limit: 5 })).toEqual(["e3"]);
      expect(await ids({ id: "e3", key: "k0", limit: 5 })).toEqual(["e3"]);
      expect(await ids({ id: "e3", key: "k0", to: event(3).at, limit: 5 })).toEqual([]);
      expect(await ids({ id: "e3", key: "k1", limit: 5 })).toEqual([]);
      expect(await ids({ limit: 0 })).toEqual([]);
    }));

  it("page through a key's documents, each once", () =>
    withDatabase({}, async (store) => {
      await store.write(rowBatch(1_000));

      const ids = (await all(store.query({ key: "k1", limit: 999 }))).map(({ id }) => id);

      expect(ids).toEqual(Array.from({ length: 333 }, (_, i) => `e${3 * i + 1}`));
    }));

  it("keep the order of time over many pages", async () => {
    const rows = await withPages(20, (store) => all(store.query({ newest: true, limit: 3 })));

    expect(rows.map(({ id }) => id)).toEqual(["e5999", "e5998", "e5997"]);
  });

  it("give all rows of a large collection, or as many as were asked for", async () => {
    const counts = await withPages(40, async (store) => [
      (await all(store.query({ limit: Number.MAX_SAFE_INTEGER }))).length,
      (await all(store.query({ limit: 10_500 }))).length,
    ]);

    expect(counts).toEqual([12_000, 10_500]);
  });

  it("go on where a page failed", async () => {
    let failed = false;
    const rows = await withPages(
      3,
      (store) => all(store.query({ limit: 9_999 })),
      (page) => {
        if (page !== 1 || failed) return undefined;
        failed = true;
        return gcpFailure("UNAVAILABLE");
      },
    );

    expect(new Set(rows.map(({ id }) => id)).size).toBe(900);
    expect(failed).toBe(true);
  });

  it("stop when they are cancelled", async () => {
    const controller = new AbortController();
    const error = await withPages(40, async (store) => {
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

interface PageQuery {
  structuredQuery: { limit: number; startAt?: { values: [{ referenceValue: string }]; before: boolean } };
}

/** A collection of so many pages of 300; the times of its rows are in no order. */
function withPages<T>(
  pages: number,
  test: (store: GcpStore) => Promise<T>,
  fault: (page: number) => ReturnType<typeof gcpFailure> | undefined = () => undefined,
): Promise<T> {
  return withStub(
    ({ json }) => {
      const { limit, startAt } = json<PageQuery>().structuredQuery;
      const after = startAt ? Number(startAt.values[0].referenceValue.split("/").at(-1)) + 1 : 0;
      const broken = fault(after / 300);
      if (broken) return broken;
      const count = Math.max(0, Math.min(limit, pages * 300 - after));
      const body = Array.from({ length: count }, (_, i) => {
        const number = ((after + i) * 7_919) % (pages * 300);
        const fields = { key: text("k"), id: text(`e${number}`), time: { integerValue: String(number) } };
        return { document: { name: `${COLLECTION}/${after + i}`, fields } };
      });
      // An answer without a document still tells when it was read.
      return { body: body.length === 0 ? [{ readTime: "2026-01-01T00:00:00Z" }] : body };
    },
    test,
    { maxAttempts: 2, clock: manualClock() },
  );
}

function text(stringValue: string) {
  return { stringValue };
}
