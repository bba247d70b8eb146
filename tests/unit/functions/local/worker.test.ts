import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type BatchOutcome, type Delivery, SluiceError } from "sluice";
import { type Engine, runWorker, type WorkerOptions } from "../../../../functions/local/worker";
import { manualClock } from "../../../support/manual-clock";
import { database, keysOf, locked, publishing, temporaryDirectory } from "../../adapters/local/support";

function outcome({ messages }: Delivery, overrides: Partial<BatchOutcome> = {}): BatchOutcome {
  return {
    messages: messages.map(() => "done"),
    firstRetry: -1,
    received: messages.length,
    stored: messages.length,
    duplicates: 0,
    deadLettered: 0,
    retried: 0,
    reasons: {},
    retryCode: undefined,
    retryAfterMs: undefined,
    ...overrides,
  };
}

/** A database of single-event messages, and a worker on it whose engine is `process`. */
function setting(
  process: (delivery: Delivery, call: number) => Promise<BatchOutcome> | BatchOutcome,
  { partitions = 1, clock = manualClock() } = {},
) {
  const directory = temporaryDirectory();
  const db = database({ directory, partitions, clock, ingest: { maxEventsPerMessage: 1 } });
  const deliveries: Delivery[] = [];
  const engine: Engine = {
    processBatch: async (delivery) => {
      deliveries.push(delivery);
      return process(delivery, deliveries.length);
    },
  };
  const work = (options: Partial<WorkerOptions> = {}) =>
    runWorker({ database: db, engine, clock, random: () => 1, untilDrained: true, ...options });
  return { clock, directory, db, engine, deliveries, work };
}

describe("a worker", () => {
  it("delivers a batch again from its first failed message, after waiting longer each time", async () => {
    const clock = manualClock({ auto: false });
    const times: number[] = [];
    const { db, deliveries, work } = setting(
      (delivery, call) => {
        times.push(clock.monotonic());
        return outcome(delivery, call <= 3 ? { firstRetry: call === 1 ? 1 : 0, retried: 1 } : {});
      },
      { clock },
    );
    await db.ingest.publish(publishing(3));

    const working = work({ idleMs: 10 });
    for (let passed = 0; passed < 1_500; passed += 10) await clock.advance(10);
    const summary = await working;

    expect(deliveries.map(({ messages, attempt }) => [messages[0]?.offset, messages.length, attempt])).toEqual([
      ["1", 3, 1],
      ["2", 2, 2],
      ["2", 2, 3],
      ["2", 2, 4],
    ]);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    expect(waits.map((wait) => Math.floor(wait / 100))).toEqual([1, 2, 4]);
    expect(summary).toMatchObject({ batches: 4, retried: 3 });
  });

  it("waits as long as the failing side asked, and goes on with other partitions meanwhile", async () => {
    const { clock, db, work, deliveries } = setting(
      (delivery) => {
        const fails = delivery.partition === "0" && delivery.attempt === 1;
        return outcome(delivery, fails ? { firstRetry: 0, retryAfterMs: 5_000 } : {});
      },
      { partitions: 2 },
    );
    for (const key of keysOf(2)) await db.ingest.publish(publishing(1, { key }));

    await work();

    expect(deliveries.map(({ partition, attempt }) => [partition, attempt])).toEqual([
      ["0", 1],
      ["1", 1],
      ["0", 2],
    ]);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(5_000);
  });

  it("drops a batch whose partition has gone to another worker, and goes on", async () => {
    const { clock, db, work } = setting((delivery, call) => {
      if (call === 1) {
        clock.block(60_000);
        const thief = db.consumer();
        thief.balance();
        thief.release();
      }
      return outcome(delivery);
    });
    await db.ingest.publish(publishing(2));

    const summary = await work();

    expect(summary).toMatchObject({ batches: 2, leasesLost: 1 });
    expect(db.stats().partitions[0]?.groups[0]?.lagEvents).toBe(0);
  });

  it("keeps its leases while a batch takes longer than they last", async () => {
    const { clock, db, work } = setting(async (delivery) => {
      await clock.sleep(20_000);
      const other = db.consumer();
      other.balance();
      other.release();
      return outcome(delivery);
    });
    await db.ingest.publish(publishing(1));

    const summary = await work();

    expect(summary).toMatchObject({ batches: 1, leasesLost: 0 });
  });

  it("tries again while the database is busy", async () => {
    let unlock = () => {};
    const { directory, db, work, deliveries } = setting((delivery, call) => {
      if (call === 1) {
        unlock = locked(join(directory, "store-0.db"));
        setImmediate(() => unlock());
      }
      return outcome(delivery);
    });
    await db.ingest.publish(publishing(1));

    const summary = await work();

    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(summary.batches).toBe(2);
  });

  it("finishes and checkpoints the current batch when it is told to stop, and gives its partitions back", async () => {
    const controller = new AbortController();
    const { db, work } = setting((delivery) => {
      controller.abort();
      return outcome(delivery);
    });
    await db.ingest.publish(publishing(600));

    const summary = await work({ signal: controller.signal, untilDrained: false, batchEvents: 10 });

    const next = db.consumer();
    next.balance();
    expect(summary).toMatchObject({ batches: 1, stored: 10 });
    expect(next.owned()).toEqual([0]);
    expect(next.next()?.messages[0]?.offset).toBe("11");
  });

  it("waits for new events without an end, until it is told to stop", async () => {
    const controller = new AbortController();
    const { clock, db, work } = setting((delivery) => {
      if (delivery.messages.some(({ offset }) => offset === "2")) controller.abort();
      return outcome(delivery);
    });

    const working = work({ signal: controller.signal, untilDrained: false, idleMs: 50 });
    await clock.advance(1_000);
    await db.ingest.publish(publishing(2));

    expect(await working).toMatchObject({ stored: 2 });
  });

  it("does not start when it is told to stop before", async () => {
    const { db, work, deliveries } = setting((delivery) => outcome(delivery));
    await db.ingest.publish(publishing(1));

    await work({ signal: AbortSignal.abort(), untilDrained: false });

    expect(deliveries).toEqual([]);
  });

  it("ends when the log is drained, but not before the producer has finished", async () => {
    let asked = 0;
    const { db, work } = setting((delivery) => outcome(delivery));
    await db.ingest.publish(publishing(3));
    const producerDone = () => {
      if (++asked === 3) void db.ingest.publish(publishing(2, { from: 3 }));
      return asked > 4;
    };

    const summary = await work({ untilDrained: producerDone });

    expect(summary.stored).toBe(5);
    expect(asked).toBeGreaterThan(4);
  });

  it("adds up what its batches did and reports each", async () => {
    const { db, work } = setting((delivery) =>
      outcome(delivery, { received: 4, stored: 1, duplicates: 1, deadLettered: 2, reasons: { json: 1, schema: 1 } }),
    );
    await db.ingest.publish(publishing(4));
    const batches: BatchOutcome[] = [];

    const summary = await work({ batchEvents: 2, onBatch: (batch) => batches.push(batch) });

    expect(batches).toHaveLength(2);
    expect(summary).toEqual({
      batches: 2,
      received: 8,
      stored: 2,
      duplicates: 2,
      deadLettered: 4,
      retried: 0,
      reasons: { json: 2, schema: 2 },
      leasesLost: 0,
    });
  });

  it("passes on what cannot go away by itself, and gives its partitions back", async () => {
    const { db, work } = setting(() => {
      throw new SluiceError("schema", "engine", "a bug");
    });
    await db.ingest.publish(publishing(1));

    await expect(work()).rejects.toThrow("a bug");

    const next = db.consumer();
    next.balance();
    expect(next.owned()).toEqual([0]);
  });
});
