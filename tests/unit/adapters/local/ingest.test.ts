import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { decodeEnvelope, SluiceError } from "sluice";
import { manualClock } from "../../../support/manual-clock";
import { all } from "../../../support/records";
import { database, keysOf, locked, publishing, temporaryDirectory } from "./support";

async function logged(db: ReturnType<typeof database>): Promise<{ partition: string; events: string[] }[]> {
  const messages = await all(db.archive.read({}));
  return messages.map(({ partition, body }) => ({
    partition,
    events: (decodeEnvelope(body)?.events ?? []).map(String),
  }));
}

describe("publishing to the log", () => {
  it("appends nothing of a batch that is published again because its answer was lost", async () => {
    const db = database({ partitions: 1 });
    const batch = publishing(3, { producer: { id: "p", sequence: 0 } });
    await db.ingest.publish(batch);

    const report = await db.ingest.publish(batch);

    expect(report).toEqual({ accepted: 0, alreadyAccepted: 3, failures: [] });
    expect((await logged(db)).flatMap(({ events }) => events)).toEqual(["event 0", "event 1", "event 2"]);
  });

  it("appends only the missing end of a batch that was cut differently, also after reopening", async () => {
    const directory = temporaryDirectory();
    const first = database({ directory, partitions: 1 });
    await first.ingest.publish(publishing(3, { producer: { id: "p", sequence: 0 } }));
    await first.close();
    const db = database({ directory });

    const report = await db.ingest.publish(publishing(5, { producer: { id: "p", sequence: 0 } }));

    expect(report).toMatchObject({ accepted: 2, alreadyAccepted: 3 });
    expect(db.stats().events).toBe(5);
  });

  it("numbers the producers apart, and each partition for itself", async () => {
    const db = database({ partitions: 2 });
    const [even = "", odd = ""] = keysOf(2);
    const batch = { keys: [even, odd, even], bodies: ["a", "b", "c"], producer: { id: "p", sequence: 7 } };
    await db.ingest.publish({ keys: [even], bodies: ["a"], producer: { id: "p", sequence: 7 } });

    const again = await db.ingest.publish(batch);
    const other = await db.ingest.publish({ ...batch, producer: { id: "q", sequence: 7 } });

    expect(again).toMatchObject({ accepted: 2, alreadyAccepted: 1 });
    expect(other).toMatchObject({ accepted: 3, alreadyAccepted: 0 });
  });

  it("fails all events of a partition it cannot write, none of another, and takes them on the next try", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 2 });
    const [free = "", busy = ""] = keysOf(2);
    const batch = { keys: [free, busy, free, busy], bodies: ["0", "1", "2", "3"], producer: { id: "p", sequence: 0 } };
    await db.ingest.publish({ keys: [busy], bodies: ["before"] });
    const unlock = locked(join(directory, "log-1.db"));

    const first = await db.ingest.publish(batch);
    unlock();
    const second = await db.ingest.publish(batch);

    expect(first.accepted).toBe(2);
    expect(first.failures.map(({ index }) => index)).toEqual([1, 3]);
    expect(first.failures[0]?.error).toMatchObject({ code: "unavailable", retryable: true, stage: "ingest" });
    expect(second).toEqual({ accepted: 2, alreadyAccepted: 2, failures: [] });
  });

  it("refuses an event that is too long and takes its neighbors", async () => {
    const db = database({ partitions: 1 });
    const bodies = ["a", "x".repeat(1024 * 1024 + 1), new Uint8Array(1024 * 1024 + 1), "b"];

    const report = await db.ingest.publish({ keys: ["k", "k", "k", "k"], bodies });

    expect(report.accepted).toBe(2);
    expect(report.failures.map(({ index, error }) => [index, error.code])).toEqual([
      [1, "oversize"],
      [2, "oversize"],
    ]);
    expect((await logged(db))[0]?.events).toEqual(["a", "b"]);
  });

  it("publishes nothing once its caller has cancelled", async () => {
    const db = database({ partitions: 1 });

    const publish = db.ingest.publish(publishing(1), { signal: AbortSignal.abort() });

    await expect(publish).rejects.toMatchObject({ code: "cancelled" });
    expect(db.stats().events).toBe(0);
  });

  it("refuses keys and events that do not match in number", async () => {
    const db = database({ partitions: 1 });

    const publish = db.ingest.publish({ keys: ["a"], bodies: [] });

    await expect(publish).rejects.toThrow(RangeError);
  });

  it("keeps the order of a key and packs neighbors of a partition into one message", async () => {
    const db = database({ partitions: 1, ingest: { maxEventsPerMessage: 2 } });

    await db.ingest.publish(publishing(5));

    expect((await logged(db)).map(({ events }) => events)).toEqual([
      ["event 0", "event 1"],
      ["event 2", "event 3"],
      ["event 4"],
    ]);
  });

  it("starts a new message before one gets longer than 256 KiB", async () => {
    const db = database({ partitions: 1 });
    const bodies = ["a", "b", "c", "d"].map((letter) => letter.repeat(100_000));

    await db.ingest.publish({ keys: bodies.map(() => "k"), bodies });

    expect((await logged(db)).map(({ events }) => events.length)).toEqual([2, 2]);
  });

  it("gives events back byte for byte, whatever they contain", async () => {
    const db = database({ partitions: 1 });
    const bodies = ["", "~tilde", "two\nlines", "null \0 byte", "umlaut ä", Uint8Array.of(0xff, 0x00, 0x7e)];

    await db.ingest.publish({ keys: bodies.map(() => "k"), bodies });

    const [message] = await all(db.archive.read({}));
    const events = decodeEnvelope(message?.body ?? "")?.events.map((body) => Buffer.from(body as string));
    expect(events).toEqual(bodies.map((body) => Buffer.from(body as string)));
  });
});

describe("reading the log back", () => {
  it("reads by time of acceptance, the end exclusive, partitions merged by time", async () => {
    const clock = manualClock({ auto: false });
    const db = database({ partitions: 2, clock });
    const [one = "", two = ""] = keysOf(2);
    for (const [number, key] of [one, two, one, two, one].entries()) {
      await db.ingest.publish({ keys: [key], bodies: [`event ${number}`] });
      clock.block(10);
    }
    const start = clock.now() - 50;

    const messages = await all(db.archive.read({ from: start + 10, to: start + 40 }));

    expect(messages.map(({ partition, offset, acceptedAt }) => [partition, offset, acceptedAt - start])).toEqual([
      ["1", "1", 10],
      ["0", "2", 20],
      ["1", "2", 30],
    ]);
  });

  it("reads more than a page without holding the log, so that it can be written meanwhile", async () => {
    const db = database({ partitions: 1, ingest: { maxEventsPerMessage: 1 } });
    await db.ingest.publish(publishing(100));

    let read = 0;
    for await (const _ of db.archive.read({})) if (++read === 10) await db.ingest.publish(publishing(1));

    expect(read).toBe(101);
  });

  it("keeps times in order when the wall clock jumps back", async () => {
    const clock = manualClock({ auto: false });
    const db = database({ partitions: 1, clock });
    await db.ingest.publish(publishing(1));
    clock.jump(-60_000);

    await db.ingest.publish(publishing(1));

    const [first, second] = await all(db.archive.read({}));
    expect(second?.acceptedAt).toBe(first?.acceptedAt);
  });

  it("stops when its caller cancels", async () => {
    const db = database({ partitions: 1, ingest: { maxEventsPerMessage: 1 } });
    await db.ingest.publish(publishing(3));
    const controller = new AbortController();

    const reading = (async () => {
      for await (const _ of db.archive.read({}, { signal: controller.signal })) controller.abort();
    })();

    await expect(reading).rejects.toBeInstanceOf(SluiceError);
  });
});

describe("retention", () => {
  const day = 86_400_000;

  it("never deletes what some group has not processed, however old it is", async () => {
    const clock = manualClock({ auto: false });
    const db = database({ partitions: 1, clock, ingest: { maxEventsPerMessage: 1 } });
    await db.ingest.publish(publishing(10));
    clock.block(30 * day);
    for (const [group, events] of [["fast", 10] as const, ["slow", 4] as const]) {
      const consumer = db.consumer({ group, batchEvents: events });
      consumer.balance();
      const claim = consumer.next();
      if (claim) consumer.checkpoint(claim, events);
    }

    const deleted = await db.retain({ olderThanMs: day });

    expect(deleted).toEqual({ messages: 4, events: 4 });
    expect((await all(db.archive.read({}))).map(({ offset }) => offset)).toEqual(["5", "6", "7", "8", "9", "10"]);
  });

  it("deletes nothing of a log that nobody has read", async () => {
    const clock = manualClock({ auto: false });
    const db = database({ partitions: 1, clock });
    await db.ingest.publish(publishing(10));
    clock.block(30 * day);

    const deleted = await db.retain({ olderThanMs: 0 });

    expect(deleted).toEqual({ messages: 0, events: 0 });
  });

  it("keeps what is young, deletes the rest in pieces, and never gives a position out again", async () => {
    const clock = manualClock({ auto: false });
    const db = database({ partitions: 1, clock, ingest: { maxEventsPerMessage: 1 } });
    await db.ingest.publish(publishing(1_200));
    clock.block(2 * day);
    const consumer = db.consumer({ batchEvents: 2_000 });
    consumer.balance();
    const claim = consumer.next();
    if (claim) consumer.checkpoint(claim, claim.messages.length);

    const deleted = await db.retain({ olderThanMs: day });
    await db.ingest.publish(publishing(1));

    expect(deleted).toEqual({ messages: 1_200, events: 1_200 });
    expect((await all(db.archive.read({}))).map(({ offset }) => offset)).toEqual(["1201"]);
    expect(consumer.next()?.messages.map(({ offset }) => offset)).toEqual(["1201"]);
    expect(await db.retain({ olderThanMs: day })).toEqual({ messages: 0, events: 0 });
  });
});
