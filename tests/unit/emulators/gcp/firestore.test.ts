import { FieldValue, Timestamp } from "@google-cloud/firestore";
import { describe, expect, it } from "@jest/globals";
import { openFirestore } from "../../../../emulators/gcp/firestore";
import { errorOf } from "../../../support/contract";
import { manualClock } from "../../../support/manual-clock";
import { opened } from "../opened";
import { firestoreClient } from "./clients";

/** What the official client makes of the emulator. */
async function firestore(clock = manualClock()) {
  const emulator = await opened(openFirestore({ clock }));
  const db = firestoreClient(emulator.endpoint);
  return { emulator, db, c: db.collection("c"), clock };
}

const START = Date.UTC(2026, 0, 1);

describe("a document", () => {
  it("comes back with its types, times and name", async () => {
    const { c } = await firestore();
    const fields = {
      nothing: null,
      yes: true,
      integer: 9_007_199_254_740_991,
      double: 0.1,
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      text: "é \u{1f600}",
      empty: "",
      bytes: Buffer.from([0, 255, 10]),
      time: Timestamp.fromMillis(START + 1.5),
      list: [1, "a", { b: [] }],
      map: { "a.b": { "`": 1 }, limit: 1, createTime: "text" },
      nested: {},
      reference: c.doc("other"),
    };

    const { writeTime } = await c.doc("a").set(fields);
    const got = await c.doc("a").get();

    expect(got.data()).toEqual(fields);
    expect([got.createTime, got.updateTime]).toEqual([writeTime, writeTime]);
    expect(writeTime.toMillis()).toBe(START);
  });

  it("that is not there does not exist", async () => {
    const { c } = await firestore();

    expect((await c.doc("a").get()).exists).toBe(false);
  });

  it("is replaced by a set, and merged by an update, which may name and delete inner fields", async () => {
    const { c } = await firestore();
    await c.doc("a").set({ gone: 1 });

    await c.doc("a").set({ kept: 1, map: { x: 1, y: 2, z: { deep: 1 } } });
    await c.doc("a").update({ "map.x": FieldValue.delete(), "map.z.deep": 2, "map.new.inner": 3 });

    expect((await c.doc("a").get()).data()).toEqual({ kept: 1, map: { y: 2, z: { deep: 2 }, new: { inner: 3 } } });
  });

  it("keeps its update time when a write changes nothing", async () => {
    const { c } = await firestore();
    const first = await c.doc("a").set({ n: 1 });

    const same = await c.doc("a").set({ n: 1 });
    const other = await c.doc("a").set({ n: 2 });

    expect(same.writeTime.isEqual(first.writeTime)).toBe(true);
    expect(other.writeTime.valueOf() > first.writeTime.valueOf()).toBe(true);
  });

  it("keeps microseconds of a timestamp", async () => {
    const { c } = await firestore();

    await c.doc("a").set({ t: new Timestamp(1_000, 123_456_789) });

    expect((await c.doc("a").get()).get("t")).toEqual(new Timestamp(1_000, 123_456_000));
  });

  it("has a time of its own for each change, however slow the clock is", async () => {
    const { c } = await firestore();
    const times: string[] = [];

    for (let i = 0; i < 5; i++) times.push((await c.doc("a").set({ i })).writeTime.valueOf());

    expect(new Set(times).size).toBe(5);
    expect(times).toEqual([...times].sort());
  });
});

describe("a precondition", () => {
  it("of a document that must not be there fails with ALREADY_EXISTS", async () => {
    const { c } = await firestore();
    await c.doc("a").create({ n: 1 });

    expect(await errorOf(c.doc("a").create({ n: 2 }))).toMatchObject({ code: 6 });
    expect((await c.doc("a").get()).get("n")).toBe(1);
  });

  it("of a document that must be there fails with NOT_FOUND", async () => {
    const { c } = await firestore();

    expect(await errorOf(c.doc("a").update({ n: 1 }))).toMatchObject({ code: 5 });
    expect(await errorOf(c.doc("a").delete({ exists: true }))).toMatchObject({ code: 5 });
  });

  it("of an older version fails with FAILED_PRECONDITION, of the current one holds", async () => {
    const { c } = await firestore();
    const first = await c.doc("a").set({ n: 1 });
    const second = await c.doc("a").set({ n: 2 });

    expect(await errorOf(c.doc("a").update({ n: 3 }, { lastUpdateTime: first.writeTime }))).toMatchObject({ code: 9 });
    await c.doc("a").update({ n: 4 }, { lastUpdateTime: second.writeTime });
    expect((await c.doc("a").get()).get("n")).toBe(4);
  });
});

describe("a commit", () => {
  it("does all of its writes or none", async () => {
    const { c, db } = await firestore();
    await c.doc("taken").set({ n: 0 });

    const failed = db.batch().set(c.doc("a"), { n: 1 }).create(c.doc("taken"), { n: 1 }).commit();

    expect(await errorOf(failed)).toMatchObject({ code: 6 });
    expect((await c.doc("a").get()).exists).toBe(false);
  });

  it("lets each write see those before it", async () => {
    const { c, db } = await firestore();

    await db
      .batch()
      .create(c.doc("a"), { n: 1 })
      .update(c.doc("a"), { m: 2 })
      .delete(c.doc("a"))
      .create(c.doc("a"), { n: 3 })
      .commit();

    expect((await c.doc("a").get()).data()).toEqual({ n: 3 });
  });
});

describe("a transform", () => {
  it("sets the server's time, adds, and takes the greatest", async () => {
    const { c, clock } = await firestore();
    await c.doc("a").set({ n: 1, d: 1, text: "x", max: 5 });
    await clock.advance(2_000);

    await c.doc("a").update({
      t: FieldValue.serverTimestamp(),
      n: FieldValue.increment(2),
      d: FieldValue.increment(0.5),
      text: FieldValue.increment(7),
      max: FieldValue.maximum(4),
      "map.max": FieldValue.maximum(9),
      min: FieldValue.minimum(3),
    });

    const { t, ...others } = (await c.doc("a").get()).data() ?? {};
    expect(others).toEqual({ n: 3, d: 1.5, text: 7, max: 5, map: { max: 9 }, min: 3 });
    expect((t as Timestamp).toMillis()).toBe(START + 2_000);
  });

  it("adds to a list what is missing, each once, and removes all that is equal", async () => {
    const { c } = await firestore();
    await c.doc("a").set({ list: [1, 2, 2] });

    await c.doc("a").update({ list: FieldValue.arrayUnion(2, 3, 3) });
    await c.doc("a").update({ list: FieldValue.arrayRemove(2) });

    expect((await c.doc("a").get()).get("list")).toEqual([1, 3]);
  });
});

describe("a bulk writer", () => {
  it("writes many documents, of which some fail alone", async () => {
    const { c, db, emulator } = await firestore();
    await c.doc("d3").set({ taken: true });
    const writer = db.bulkWriter({ throttling: false });
    const failed: string[] = [];

    for (let i = 0; i < 100; i++)
      writer.create(c.doc(`d${i}`), { i }).catch(({ code }) => failed.push(`d${i}: ${code}`));
    await writer.close();

    expect(failed).toEqual(["d3: 6"]);
    expect(emulator.documents("projects/p/databases/(default)/documents/c")).toHaveLength(100);
  });
});

describe("a transaction", () => {
  it("that meets another one is tried again: no change is lost", async () => {
    const { c, db } = await firestore();
    await c.doc("n").set({ n: 0 });

    await Promise.all(
      Array.from({ length: 8 }, () =>
        db.runTransaction(
          async (transaction) => {
            const { n } = (await transaction.get(c.doc("n"))).data() as { n: number };
            transaction.update(c.doc("n"), { n: n + 1 });
          },
          { maxAttempts: 20 },
        ),
      ),
    );

    expect((await c.doc("n").get()).get("n")).toBe(8);
  }, 20_000);

  it("sees that a query would find more by now", async () => {
    const { c, db } = await firestore();
    let attempts = 0;

    await db.runTransaction(async (transaction) => {
      const { size } = await transaction.get(c.where("kind", "==", "x"));
      if (attempts++ === 0) await c.doc("late").set({ kind: "x" });
      transaction.set(c.doc("count"), { size });
    });

    expect([attempts, (await c.doc("count").get()).get("size")]).toEqual([2, 1]);
  });

  it("that only reads goes through, and writes nothing if it throws", async () => {
    const { c, db } = await firestore();
    await c.doc("a").set({ n: 1 });

    const read = await db.runTransaction(async (transaction) => (await transaction.get(c.doc("a"))).get("n"), {
      readOnly: true,
    });
    const thrown = await errorOf(
      db.runTransaction(async (transaction) => {
        transaction.set(c.doc("b"), {});
        throw new Error("changed my mind");
      }),
    );

    expect([read, thrown]).toMatchObject([1, { message: "changed my mind" }]);
    expect((await c.doc("b").get()).exists).toBe(false);
  });
});

it("lists collections and documents, and finds those of all documents", async () => {
  const { c, db } = await firestore();
  await c.doc("a").set({});
  await c.doc("b").collection("sub").doc("x").set({ n: 1 });
  await db.collection("sub").doc("y").set({ n: 2 });

  expect((await db.listCollections()).map(({ id }) => id)).toEqual(["c", "sub"]);
  expect((await c.doc("b").listCollections()).map(({ id }) => id)).toEqual(["sub"]);
  expect((await db.collectionGroup("sub").orderBy("n").get()).docs.map(({ id }) => id)).toEqual(["x", "y"]);
  expect((await db.getAll(c.doc("a"), c.doc("none"))).map(({ exists }) => exists)).toEqual([true, false]);
});

it("counts, sums and averages", async () => {
  const { c } = await firestore();
  for (const [id, n] of Object.entries({ a: 1, b: 2, d: 6, e: "text" })) await c.doc(id).set({ n });
  const { AggregateField } = await import("@google-cloud/firestore");

  const answer = await c
    .aggregate({ count: AggregateField.count(), sum: AggregateField.sum("n"), average: AggregateField.average("n") })
    .get();

  expect(answer.data()).toEqual({ count: 4, sum: 9, average: 3 });
});
