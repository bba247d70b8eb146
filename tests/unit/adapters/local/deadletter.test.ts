import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { DeadLetter } from "sluice";
import { action, all, letter } from "../../../support/records";
import { database, locked, temporaryDirectory } from "./support";

function inPartition(number: number, partition: string): DeadLetter {
  const one = letter(number);
  return { ...one, id: `${one.id}-${partition}`, position: { ...one.position, partition } };
}

async function idsOf(letters: AsyncIterable<DeadLetter>): Promise<string[]> {
  return (await all(letters)).map(({ id }) => id);
}

describe("dead letters", () => {
  it("are there once when they are put twice, and the first stays", async () => {
    const db = database();
    await db.deadLetters.put([letter(1)]);

    await db.deadLetters.put([letter(1, { attempts: 9 }), letter(2)]);

    expect((await all(db.deadLetters.list({ limit: 10 }))).map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(db.stats().deadLetters).toEqual({ json: 2 });
  });

  it("come back complete, with the original bytes", async () => {
    const directory = temporaryDirectory();
    const body = Uint8Array.of(0, 0xff, 0x0a, 0x7e, 0);
    const whole = letter(1, { body, key: "k", eventId: "e1", message: "bad \u0000 ä" });
    await database({ directory }).deadLetters.put([whole, letter(2)]);
    const db = database({ directory, pipeline: undefined });

    const [first, second] = await all(db.deadLetters.list({ limit: 10 }));

    expect({ ...first, body: Buffer.from(first?.body ?? []) }).toEqual({ ...whole, body: Buffer.from(body) });
    expect([second?.key, second?.eventId]).toEqual([undefined, undefined]);
    expect(Buffer.from((await db.deadLetters.get(whole.id))?.body ?? [])).toEqual(Buffer.from(body));
    expect(await db.deadLetters.get("none")).toBeUndefined();
  });

  it("fail as unavailable while the file is locked, and none is lost on the next try", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 1 });
    await db.deadLetters.put([letter(0)]);
    const unlock = locked(join(directory, "store-0.db"));

    const put = db.deadLetters.put([letter(1)]);

    await expect(put).rejects.toMatchObject({ code: "unavailable", stage: "deadletter" });
    unlock();
    await db.deadLetters.put([letter(1)]);
    expect(db.stats().deadLetters).toEqual({ json: 2 });
  });

  it("are listed oldest first across partitions, in pages, filtered and up to the limit", async () => {
    const db = database({ partitions: 2 });
    const letters = Array.from({ length: 130 }, (_, i) => inPartition(i, String(i % 2)));
    await db.deadLetters.put(letters.map((one, i) => (i % 10 ? one : { ...one, code: "schema" as const })));

    expect(await idsOf(db.deadLetters.list({ limit: 1_000 }))).toEqual(letters.map(({ id }) => id));
    expect(await idsOf(db.deadLetters.list({ limit: 3 }))).toEqual(letters.slice(0, 3).map(({ id }) => id));
    expect(await idsOf(db.deadLetters.list({ limit: 1_000, code: "schema" }))).toHaveLength(13);
    expect(await idsOf(db.deadLetters.list({ limit: 1_000, from: letters[125]?.failedAt ?? 0 }))).toHaveLength(5);
    expect(await idsOf(db.deadLetters.list({ limit: 0 }))).toEqual([]);
  });

  it("can be taken while they are listed, and taken only once", async () => {
    const db = database({ partitions: 1 });
    await db.deadLetters.put(Array.from({ length: 120 }, (_, i) => letter(i)));
    let taken = 0;

    for await (const { id } of db.deadLetters.list({ limit: 1_000 })) taken += await db.deadLetters.take([id]);

    expect(taken).toBe(120);
    expect(await db.deadLetters.take([letter(1).id, "unknown"])).toBe(0);
    expect(db.stats().deadLetters).toEqual({});
  });

  it("from elsewhere go to the first partition", async () => {
    const db = database({ partitions: 2 });

    await db.deadLetters.put(["7", "-1", "shard-2", "0.5"].map((partition, i) => inPartition(i, partition)));

    expect(db.stats().partitions.map(({ deadLetters }) => deadLetters)).toEqual([{ json: 4 }, {}]);
  });

  it("are refused where one is too long to keep, before any is put", async () => {
    const db = database();
    const long = letter(2, { body: { length: 100 * 1024 * 1024 + 1 } as Uint8Array });

    const put = db.deadLetters.put([letter(1), long]);

    await expect(put).rejects.toMatchObject({ code: "store-rejected", retryable: false });
    expect(db.stats().deadLetters).toEqual({});
  });

  it("are neither put, taken nor listed once their caller has cancelled", async () => {
    const db = database();
    await db.deadLetters.put([letter(1)]);
    const signal = AbortSignal.abort();

    await expect(db.deadLetters.put([letter(2)], { signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(db.deadLetters.take([letter(1).id], { signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect(all(db.deadLetters.list({ limit: 1 }, { signal }))).rejects.toMatchObject({ code: "cancelled" });
    expect(db.stats().deadLetters).toEqual({ json: 1 });
  });
});

describe("actions", () => {
  it("are kept once, in order, whatever is published again", async () => {
    const db = database({ partitions: 1 });
    const actions = Array.from({ length: 150 }, (_, i) => action(i));
    await db.actions.publish(actions.slice(0, 100));

    const failures = await db.actions.publish(actions);

    expect(failures).toEqual([]);
    expect(await all(db.actions.list({ limit: 1_000 }))).toEqual(actions);
    expect(await all(db.actions.list({ limit: 2 }))).toEqual(actions.slice(0, 2));
    expect(db.stats().actions).toBe(150);
  });

  it("that cannot be written are reported one by one", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 1 });
    await db.actions.publish([action(0)]);
    const unlock = locked(join(directory, "store-0.db"));

    const failures = await db.actions.publish([action(1), action(2)]);

    unlock();
    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([
      [0, "unavailable"],
      [1, "unavailable"],
    ]);
    await expect(db.actions.publish([action(1)], { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(db.stats().actions).toBe(1);
  });
});
