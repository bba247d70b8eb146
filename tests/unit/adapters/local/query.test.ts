import { describe, expect, it } from "@jest/globals";
import { all, event, rowBatch } from "../../../support/records";
import { database } from "./support";

const keyed = (count: number) => rowBatch(Array.from({ length: count }, (_, i) => event(i, { key: "k" })));

describe("querying", () => {
  it("merges the partitions by time, oldest or newest first, up to the limit", async () => {
    const db = database({ partitions: 2 });
    await db.store.write(rowBatch(10));

    const oldest = await all(db.store.query({ limit: 4 }));
    const newest = await all(db.store.query({ limit: 3, newest: true }));

    expect(oldest.map(({ id }) => id)).toEqual(["e0", "e1", "e2", "e3"]);
    expect(newest.map(({ id }) => id)).toEqual(["e9", "e8", "e7"]);
    expect(await all(db.store.query({ limit: 0 }))).toEqual([]);
  });

  it("filters by key and by time, the end exclusive", async () => {
    const db = database({ partitions: 2 });
    await db.store.write(rowBatch(10));
    const start = event(0).at;

    const some = await all(db.store.query({ key: "k1", from: start + 1, to: start + 7, limit: 100 }));

    expect(some.map(({ id }) => id)).toEqual(["e1", "e4"]);
  });

  it("reads many pages in both directions", async () => {
    const db = database({ partitions: 1 });
    await db.store.write(keyed(1_000));

    const forward = (await all(db.store.query({ limit: 1_000 }))).map(({ id }) => id);
    const back = (await all(db.store.query({ limit: 1_000, newest: true }))).map(({ id }) => id);

    expect(forward).toHaveLength(1_000);
    expect(back).toEqual(forward.toReversed());
  });

  it("stops when its caller cancels", async () => {
    const db = database();
    await db.store.write(rowBatch(2));

    const query = all(db.store.query({ limit: 2 }, { signal: AbortSignal.abort() }));

    await expect(query).rejects.toMatchObject({ code: "cancelled" });
  });
});
