import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { ConfigError, hash53, type RowBatch, type StoredPrediction } from "sluice";
import { type LocalStoreOptions, localStore } from "../../../../adapters/local/store";
import { manualClock } from "../../../support/manual-clock";
import { all, event, events, rowBatch } from "../../../support/records";
import { database, filesOf, keysOf, localPipeline, locked, temporaryDirectory } from "./support";

/** Rows `from`, `from + 1` ... of one key. */
function rows(count: number, from = 0, overrides: Partial<RowBatch> = {}): RowBatch {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  return rowBatch(
    numbers.map((number) => event(number, { key: "k" })),
    overrides,
  );
}

/** A store whose set of ids is moved to disk every few rows. */
function tiny(directory = temporaryDirectory(), options: LocalStoreOptions = {}) {
  const files = filesOf(directory, { partitions: undefined });
  return { directory, files, store: localStore(files, { generationSize: 8, ...options }) };
}

function oneTable(): string {
  const directory = temporaryDirectory();
  filesOf(directory, { partitions: 1 }).close();
  return directory;
}

async function ids(store: { query: ReturnType<typeof localStore>["query"] }): Promise<string[]> {
  return (await all(store.query({ limit: 1_000_000 }))).map(({ id }) => id);
}

describe("writing a row twice", () => {
  it("keeps the first of two with the same id in one call", async () => {
    const db = database({ partitions: 1 });
    const batch = rowBatch([event(1, { amount: 10 }), event(2), event(1, { amount: 99, key: "k1" })]);

    const report = await db.store.write(batch);

    expect(report).toEqual({ duplicates: [2], failures: [] });
    expect((await db.store.read("k1", "e1"))?.prediction).toEqual({ score: 0.1, suspicious: false, amount: 10 });
    expect(db.stats().predictions).toBe(2);
  });

  it("keeps the first result across calls and after reopening", async () => {
    const directory = temporaryDirectory();
    const before = database({ directory });
    await before.store.write(rowBatch(6));
    await before.close();
    const db = database({ directory });

    const report = await db.store.write(rowBatch(8, { modelVersion: "model-2" }));

    expect(report.duplicates).toEqual([0, 1, 2, 3, 4, 5]);
    expect((await db.store.read("k0", "e0"))?.modelVersion).toBe("model-1");
    expect((await db.store.read("k1", "e7"))?.modelVersion).toBe("model-2");
  });

  it("writes each id once through every flush, merge and reopening", async () => {
    const directory = oneTable();
    let { files, store } = tiny(directory);
    const total = 600;
    let duplicates = 0;
    for (let from = 0; from < total; from += 5) {
      if (from % 100 === 50) {
        files.close();
        ({ files, store } = tiny(directory));
      }
      // Five new rows, and three from anywhere before them.
      const old = [from * 7, from * 13, from * 29].map((number) => event(from === 0 ? 0 : number % from, { key: "k" }));
      const fresh = Array.from({ length: 5 }, (_, i) => event(from + i, { key: "k" }));

      const report = await store.write(rowBatch([...fresh, ...old]));

      duplicates += report.duplicates.length;
    }

    const stored = await ids(store);
    expect(stored).toHaveLength(total);
    expect(new Set(stored).size).toBe(total);
    expect(duplicates).toBe((total / 5) * 3);
    const levels = files.store(0).prepare("SELECT DISTINCT level FROM seen_runs WHERE state = 1").all();
    expect(levels.length).toBeGreaterThan(1);
  });

  it("tells ids apart that have the same hash, in memory, on disk and in one call", async () => {
    const options = { hash: (id: string) => hash53(id) % 7 };
    const { store, files, directory } = tiny(oneTable(), options);
    for (let from = 0; from < 60; from += 6) await store.write(rows(6, from));
    files.close();
    const again = tiny(directory, options);

    const report = await again.store.write(rows(63, 0));

    expect(report.duplicates).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(await ids(again.store)).toEqual(Array.from({ length: 63 }, (_, i) => `e${i}`));
    expect((await again.store.read("k", "e41"))?.id).toBe("e41");
    expect(await again.store.read("k", "e63")).toBeUndefined();
  });

  it("writes each id once when two processes write the same rows in turn", async () => {
    const directory = oneTable();
    const [one, two] = [tiny(directory), tiny(directory)];
    let duplicates = 0;
    for (let from = 0; from < 400; from += 4) {
      const first = await one.store.write(rows(4, from));
      const second = await two.store.write(rows(6, from));
      duplicates += first.duplicates.length + second.duplicates.length;
    }

    const stored = await ids(one.store);
    expect(stored).toEqual(Array.from({ length: 402 }, (_, i) => `e${i}`));
    expect(duplicates).toBe(100 * 10 - 402);
  });

  it("takes up the ids of a writer that stopped in the middle of a merge, and cleans up after it", async () => {
    const directory = oneTable();
    const gone = tiny(directory, { generationSize: 256 });
    for (let from = 0; from < 1_100; from += 5) await gone.store.write(rows(5, from));
    const building = () =>
      gone.files.store(0).prepare("SELECT count(*) AS n FROM seen_runs WHERE state <> 1").get()?.["n"];
    const left = building();
    const next = tiny(directory, { generationSize: 256 });

    const report = await next.store.write(rows(1_100));
    for (let from = 1_100; from < 8_000; from += 50) await next.store.write(rows(50, from));

    expect(left).toBe(1);
    expect(report.duplicates).toHaveLength(1_100);
    expect(building()).toBe(0);
    const orphans = `SELECT count(*) AS n FROM seen_pages WHERE NOT EXISTS (
      SELECT 1 FROM seen_runs WHERE page >= first_page AND page < first_page + pages)`;
    expect(next.files.store(0).prepare(orphans).get()?.["n"]).toBe(0);
    expect((await next.store.write(rows(8_000))).duplicates).toHaveLength(8_000);
  });

  it("knows nothing of rows whose transaction was rolled back", async () => {
    const { store, files } = tiny(oneTable());
    await store.write(rows(20));
    const broken = rows(9, 20);
    const truths = [...Array<null>(8).fill(null), {} as number];

    const failed = await store.write({ ...broken, truths });
    const second = await store.write(broken);

    expect(failed.failures).toHaveLength(9);
    expect(second).toEqual({ duplicates: [], failures: [] });
    expect(files.store(0).prepare("SELECT count(*) AS n FROM predictions").get()?.["n"]).toBe(29);
    expect((await store.write(rows(29))).duplicates).toHaveLength(29);
  });
});

describe("a store that cannot write", () => {
  it("fails the rows of the locked partition, stores all others, and takes the rest later", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 2 });
    const [free = "", busy = ""] = keysOf(2);
    const batch = rowBatch([0, 1, 2, 3].map((number) => event(number, { key: number % 2 ? busy : free })));
    await db.store.write(rowBatch([event(9, { key: busy })]));
    const unlock = locked(join(directory, "store-1.db"));

    const first = await db.store.write(batch);
    unlock();
    const second = await db.store.write(batch);

    expect(first.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "unavailable"],
      [3, "unavailable"],
    ]);
    expect(second).toEqual({ duplicates: [0, 2], failures: [] });
  });

  it("writes nothing once its caller has cancelled", async () => {
    const db = database();

    const write = db.store.write(rowBatch(1), { signal: AbortSignal.abort() });

    await expect(write).rejects.toMatchObject({ code: "cancelled", stage: "store" });
  });

  it("says what is missing when it was opened without a pipeline", async () => {
    const directory = temporaryDirectory();
    await database({ directory }).store.write(rowBatch(1));
    const db = database({ directory, pipeline: undefined });

    const write = db.store.write(rowBatch(2));

    await expect(write).rejects.toThrow(ConfigError);
    expect((await db.store.read("k0", "e0"))?.id).toBe("e0");
  });
});

describe("stored rows", () => {
  it("come back as they were written, each value of its own type", async () => {
    const clock = manualClock({ auto: false });
    const db = database({ clock });
    const batch = rowBatch([event(1, { key: "k", label: true, at: 1_700_000_000_000.5 }), event(2, { key: "k" })], {
      predictions: [
        { score: 1, suspicious: true, amount: "text \0 ä" },
        { score: -0.5, suspicious: false, amount: null },
      ],
    });

    await db.store.write(batch);

    expect(await db.store.read("k", "e1")).toEqual({
      id: "e1",
      key: "k",
      time: 1_700_000_000_000.5,
      prediction: { score: 1, suspicious: true, amount: "text \0 ä" },
      truth: 1,
      features: Float32Array.of(1, 1, 1),
      modelVersion: "model-1",
      pipelineVersion: "1",
      storedAt: clock.now(),
    } satisfies StoredPrediction);
    expect((await db.store.read("k", "e2"))?.prediction).toEqual({ score: -0.5, suspicious: false, amount: null });
  });

  it("are found by id and key together, not by one alone", async () => {
    const db = database();
    await db.store.write(rowBatch([event(1, { key: "a" })]));

    expect(await db.store.read("b", "e1")).toBeUndefined();
    expect(await db.store.read("a", "e2")).toBeUndefined();
    expect((await all(db.store.query({ id: "e1", limit: 5 }))).map(({ key }) => key)).toEqual(["a"]);
    expect(await all(db.store.query({ id: "e1", key: "b", limit: 5 }))).toEqual([]);
  });

  it("take only the matrix's rows, wherever they lie in a reused buffer", async () => {
    const db = database({ partitions: 1 });
    const buffer = new Float32Array(100).fill(7);
    const data = buffer.subarray(10);
    data.set([1, 2, 3, 4, 5, 6]);

    await db.store.write(rowBatch([event(1), event(2)], { features: { rows: 2, width: 3, data } }));

    expect((await db.store.read("k2", "e2"))?.features).toEqual(Float32Array.of(4, 5, 6));
  });

  it("gain columns when the pipeline gains fields, also where only upper case tells their names apart", async () => {
    const directory = temporaryDirectory();
    await database({ directory, partitions: 1 }).store.write(rowBatch([event(1)]));
    const pipeline = { ...localPipeline, predictionNames: [...localPipeline.predictionNames, "Score", "stored_at"] };
    const db = database({ directory, pipeline });
    const predictions = [{ score: 1, suspicious: true, amount: 2, Score: 3, stored_at: "later" }];

    await db.store.write(rowBatch([event(2)], { predictions }));

    expect((await db.store.read("k2", "e2"))?.prediction).toEqual(predictions[0]);
    expect((await db.store.read("k1", "e1"))?.prediction).toMatchObject({ score: 0.01, Score: null, stored_at: null });
  });

  it("number more than one statement takes", async () => {
    const db = database({ partitions: 1 });

    await db.store.write(rowBatch(events(61, { key: "k" })));

    expect(await ids(db.store)).toEqual(Array.from({ length: 61 }, (_, i) => `e${i}`));
  });
});
