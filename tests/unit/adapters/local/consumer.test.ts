import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { BatchOutcome } from "sluice";
import { localPreprocess } from "../../../../adapters/local";
import { database, eventsOf, keysOf, pair, publishing, temporaryDirectory } from "./support";

describe("claims and checkpoints", () => {
  it("deliver again what was not checkpointed, and count that across restarts", async () => {
    const directory = temporaryDirectory();
    const attempts: number[] = [];
    for (let start = 0; start < 3; start++) {
      const db = database({ directory, partitions: 1 });
      if (start === 0) await db.ingest.publish(publishing(2));
      const consumer = db.consumer();
      consumer.balance();

      const claim = consumer.next();

      attempts.push(claim?.attempt ?? 0);
      consumer.release();
      await db.close();
    }

    expect(attempts).toEqual([1, 2, 3]);
  });

  it("count no attempt for events that were not delivered before", async () => {
    const { db, first } = pair(1);
    await db.ingest.publish(publishing(2));
    first.balance();
    first.next();
    await db.ingest.publish(publishing(2, { from: 2 }));

    const again = first.next();
    if (again) first.checkpoint(again, 2);
    const fresh = first.next();

    expect([eventsOf(again), again?.attempt]).toEqual([["event 0", "event 1"], 2]);
    expect([eventsOf(fresh), fresh?.attempt]).toEqual([["event 2", "event 3"], 1]);
  });

  it("keep the count when a part is done or the batches get smaller", async () => {
    const { directory, db, first } = pair(1);
    await db.ingest.publish(publishing(4));
    first.balance();
    const whole = first.next();
    if (whole) first.checkpoint(whole, 1);
    first.release();
    const small = database({ directory }).consumer({ batchEvents: 2 });
    small.balance();

    const second = small.next();
    if (second) small.checkpoint(second, 2);
    const third = small.next();

    expect([eventsOf(second), second?.attempt]).toEqual([["event 1", "event 2"], 2]);
    expect([eventsOf(third), third?.attempt]).toEqual([["event 3"], 2]);
  });

  it("give at most the events asked for, but a longer message whole", async () => {
    const db = database({ partitions: 1, ingest: { maxEventsPerMessage: 3 } });
    await db.ingest.publish(publishing(9));
    const consumer = db.consumer({ batchEvents: 7 });
    const tiny = db.consumer({ group: "tiny", batchEvents: 2 });
    consumer.balance();
    tiny.balance();

    expect(eventsOf(consumer.next())).toHaveLength(6);
    expect(eventsOf(tiny.next())).toHaveLength(3);
  });

  it("take the partitions in turn, and leave out those to be skipped", async () => {
    const db = database({ partitions: 2, ingest: { maxEventsPerMessage: 1 } });
    for (const key of keysOf(2)) await db.ingest.publish(publishing(3, { key }));
    const consumer = db.consumer({ batchEvents: 1 });
    consumer.balance();
    const turns: (number | undefined)[] = [];

    for (let i = 0; i < 3; i++) {
      const claim = consumer.next();
      if (claim) consumer.checkpoint(claim, 1);
      turns.push(claim?.partition);
    }

    expect(turns).toEqual([0, 1, 0]);
    expect(consumer.next((partition) => partition === 1)?.partition).toBe(0);
  });

  it("see what another process publishes", async () => {
    const { first, other } = pair(1);
    first.balance();
    const before = first.next();

    await other.ingest.publish(publishing(1));

    expect(before).toBeUndefined();
    expect(eventsOf(first.next())).toEqual(["event 0"]);
  });

  it("refuse a log that ends before the checkpoint, which a deleted file would", async () => {
    const directory = temporaryDirectory();
    const db = database({ directory, partitions: 1 });
    await db.ingest.publish(publishing(2));
    const consumer = db.consumer();
    consumer.balance();
    const claim = consumer.next();
    if (claim) consumer.checkpoint(claim, 1);
    consumer.release();
    await db.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(join(directory, `log-0.db${end}`), { force: true });

    const again = () => database({ directory }).consumer().balance();

    expect(again).toThrow(
      expect.objectContaining({ name: "ConfigError", what: expect.stringMatching(/deleted or is an older copy/) }),
    );
  });

  it("tell how far the group is behind", async () => {
    const { db, first } = pair(1);
    await db.ingest.publish(publishing(3));
    first.balance();
    const claim = first.next();
    if (claim) first.checkpoint(claim, 1);

    expect(first.lag()).toEqual({ messages: 2, events: 2 });
    expect(db.stats().partitions[0]?.groups).toEqual([{ group: "default", position: 1, lagMessages: 2, lagEvents: 2 }]);
  });
});

describe("localPreprocess", () => {
  const outcome = (firstRetry: number): BatchOutcome => ({
    messages: [],
    firstRetry,
    received: 0,
    stored: 0,
    duplicates: 0,
    deadLettered: 0,
    retried: 0,
    reasons: {},
    retryCode: undefined,
    retryAfterMs: undefined,
  });

  it("commits up to the first message that must come again", async () => {
    const { db, first } = pair(1);
    await db.ingest.publish(publishing(3));
    first.balance();
    const preprocess = localPreprocess(first);
    const claim = first.next();
    if (!claim) throw new Error("nothing to claim");
    const delivery = preprocess.receive(claim);

    preprocess.answer(delivery, outcome(2));

    const next = first.next();
    expect(delivery).toMatchObject({ source: "test-pipeline", partition: "0", ordered: true, attempt: 1 });
    expect([eventsOf(next), next?.attempt]).toEqual([["event 2"], 2]);
  });

  it("commits the whole batch when nothing must come again", async () => {
    const { db, first } = pair(1);
    await db.ingest.publish(publishing(3));
    first.balance();
    const preprocess = localPreprocess(first);
    const claim = first.next();
    if (!claim) throw new Error("nothing to claim");

    preprocess.answer(preprocess.receive(claim), outcome(-1));

    expect(first.lag().messages).toBe(0);
  });

  it("takes no answer to a delivery that it did not make", () => {
    const { first } = pair(1);
    const preprocess = localPreprocess(first);
    const foreign = { source: "s", partition: "0", messages: [], ordered: true, attempt: 1, lastAttempt: false };

    const answer = () => preprocess.answer(foreign, outcome(-1));

    expect(answer).toThrow(expect.objectContaining({ code: "internal" }));
  });
});
