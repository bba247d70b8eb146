import { describe, expect, it } from "@jest/globals";
import { type Infer, partitionOf, SluiceError, type Store } from "sluice";
import { runWorker } from "../../../functions/local/worker";
import { unless } from "../../support/contract";
import { bench } from "../../support/engine";
import { localDirectory } from "../../support/local-directory";
import { manualClock, settled } from "../../support/manual-clock";
import { permutations } from "../../support/orders";
import { delivery, event, events, json, message } from "../../support/records";

const elsewhere = (where: string) => unless(`tested ${where}`);

describe("faults of delivery and of the host, through the engine", () => {
  it("F07 duplicate delivery: the same stored set and one action per event, also when deliveries run at once", async () => {
    const { engine, state } = bench();
    const worker = engine();
    const batches = [events(6, { amount: 23 }), events(4, { amount: 23 }), events(6, { amount: 23 }).reverse()];

    const outcomes = await Promise.all([...batches, ...batches].map((batch) => worker.processBatch(delivery(batch))));

    expect(state.predictions.size).toBe(6);
    expect(state.actions.size).toBe(6);
    expect(outcomes.reduce((sum, { stored }) => sum + stored, 0)).toBe(6);
    expect(outcomes.every(({ firstRetry }) => firstRetry === -1)).toBe(true);
  });

  it("F08 out of order and replays: rows are the same in every order, for they are kept by id", async () => {
    const stored = new Set<string>();
    for (const order of permutations([event(0), event(1), event(2), event(3)])) {
      const { engine, state } = bench();
      await engine().processBatch(delivery(order));
      const rows = [...state.predictions.values()].sort((a, b) => a.time - b.time);
      stored.add(JSON.stringify(rows.map(({ id, time, prediction }) => [id, time, prediction])));
    }

    expect(stored.size).toBe(1);
  });

  it("F09 crash between infer and store: nothing was acknowledged, the next process scores and stores again", async () => {
    const { engine, memory, state } = bench();
    const write = () => new Promise<never>(() => {});
    void engine({ store: { ...memory.store, write } }).processBatch(delivery(events(3)));
    await settled();

    const outcome = await engine().processBatch(delivery(events(3), { attempt: 2 }));

    expect(outcome).toMatchObject({ stored: 3, duplicates: 0 });
    expect(state.predictions.size).toBe(3);
  });

  it("F10 crash between store and acknowledgment: redelivery is a counted no-op with the first result", async () => {
    const { engine, state } = bench();
    await engine().processBatch(delivery(events(3)));
    const first = [...state.predictions.values()];

    const outcome = await engine().processBatch(delivery(events(3), { attempt: 2 }));

    expect(outcome).toMatchObject({ stored: 0, duplicates: 3, firstRetry: -1 });
    expect([...state.predictions.values()]).toEqual(first);
  });

  it("F12 clock skew: the deadline keeps its length when the wall clock jumps, and no latency is negative", async () => {
    for (const jump of [-600_000, 3_600_000]) {
      const { engine, memory, clock, telemetry } = bench({ auto: false });
      const infer: Infer["infer"] = async (features, options) => {
        clock.jump(jump);
        await clock.sleep(2_000, options?.signal);
        return memory.infer.infer(features);
      };
      const skewed = engine({ infer: { ...memory.infer, infer } });
      const packed = { body: message([event(0)], 0).body, offset: "0" };

      const processing = skewed.processBatch({ ...delivery([]), messages: [packed], deadline: clock.now() + 5_000 });
      await clock.advance(2_000);
      const outcome = await processing;

      expect(outcome).toMatchObject({ stored: 1 });
      const [told] = telemetry.filter(({ type }) => type === "batch");
      expect(told).toMatchObject({ totalMs: 2_000, stages: { infer: 2_000 } });
      expect((told as { endToEndMs: number }).endToEndMs).toBeGreaterThanOrEqual(0);
    }
  });

  it("F12 clock skew: event times of the far past and future are kept, impossible ones are dead-lettered", async () => {
    const { engine, state } = bench();
    const times = [-8.64e15, 0, 8.64e15, 8.64e15 + 2];

    await engine().processBatch(delivery(times.map((at, number) => event(number, { at }))));

    expect([...state.predictions.values()].map(({ time }) => time)).toEqual(times.slice(0, 3));
    expect([...state.letters.values()]).toMatchObject([{ code: "identity", eventId: "e3" }]);
  });

  it("F14 deadline near: work stops before it, what is done is done, the rest is handed back", async () => {
    const { engine, memory, clock, state } = bench();
    const infer: Infer["infer"] = async (features, options) => {
      await clock.sleep(700, options?.signal);
      return memory.infer.infer(features);
    };
    const slow = engine({ infer: { ...memory.infer, infer }, maxRows: 2, reserveMs: 500 });
    const deadline = clock.now() + 3_000;

    const outcome = await slow.processBatch(delivery(events(10), { deadline }));

    expect(clock.now()).toBeLessThanOrEqual(deadline - 500);
    expect(outcome).toMatchObject({ stored: 6, retried: 4, firstRetry: 6, retryCode: "deadline" });
    expect(state.predictions.size).toBe(6);
  });

  it("F14 deadline near: also seen where no timer could fire, because the work never waited", async () => {
    const { engine, memory, clock } = bench({ auto: false });
    const infer: Infer["infer"] = async (features) => {
      clock.block(1_000);
      return memory.infer.infer(features);
    };
    const busy = engine({ infer: { ...memory.infer, infer }, maxRows: 1 });

    const outcome = await busy.processBatch(delivery(events(10), { deadline: clock.now() + 4_500 }));

    expect(clock.monotonic()).toBeLessThanOrEqual(4_500);
    expect(outcome.retryCode).toBe("deadline");
  });

  it("F14 deadline of the last attempt: what could not be done is dead-lettered, nothing is lost", async () => {
    const { engine, memory, clock, state } = bench({ auto: false });
    const infer: Infer["infer"] = () => new Promise(() => {});
    const stuck = engine({ infer: { ...memory.infer, infer }, maxRows: 2 });
    const last = delivery(events(6), { deadline: clock.now() + 3_000, lastAttempt: true, attempt: 4 });

    const processing = stuck.processBatch(last);
    await clock.advance(2_000);
    const outcome = await processing;

    expect(outcome).toMatchObject({ deadLettered: 6, retried: 0 });
    expect([...state.letters.values()].map(({ body }) => JSON.parse(Buffer.from(body).toString()).id).sort()).toEqual(
      events(6).map(({ id }) => id),
    );
  });

  elsewhere("in contract/ingest, per adapter")("F16 partial failure of a publish", async () => {});

  it("F17 a partition that cannot be processed holds up no other", async () => {
    const local = localDirectory();
    try {
      const database = local.open();
      const sent = events(200).map((each, i) => ({ ...each, key: `key-${i % 10}` }));
      const stuck = partitionOf("key-0", database.partitions);
      const ofStuck = sent.filter(({ key }) => partitionOf(key, database.partitions) === stuck);
      for (let first = 0; first < 200; first += 10) {
        const call = sent.slice(first, first + 10);
        await database.ingest.publish({ keys: call.map(({ key }) => key), bodies: call.map(json) });
      }
      const stop = new AbortController();
      const write: Store["write"] = async (rows, options) => {
        if (rows.keys.some((key) => partitionOf(key, database.partitions) === stuck))
          throw new SluiceError("throttled", "store", "Too hot.", { retryAfterMs: 60_000 });
        const report = await database.store.write(rows, options);
        if (database.stats().predictions === sent.length - ofStuck.length) stop.abort();
        return report;
      };
      const { engine } = bench();
      const ports = {
        store: { ...database.store, write },
        deadLetters: database.deadLetters,
        actions: database.actions,
      };

      const clock = manualClock();
      await runWorker({ database, engine: engine({ ...ports, clock }), clock, batchEvents: 20, signal: stop.signal });

      expect(ofStuck.length).toBeGreaterThan(0);
      expect(database.stats()).toMatchObject({ predictions: sent.length - ofStuck.length, deadLetters: {} });
      expect(clock.monotonic()).toBeLessThan(60_000 * 3);
    } finally {
      await local.remove();
    }
  });

  it("F18 backlog: memory stays bounded, for a batch keeps nothing once it is done", async () => {
    const { engine, memory } = bench();
    const store: Store = { ...memory.store, write: async () => ({ duplicates: [], failures: [] }) };
    const worker = engine({ store, actions: { ...memory.actions, publish: async () => [] } });
    const work = async (batches: number) => {
      for (let i = 0; i < batches; i++) await worker.processBatch(delivery([events(500)]));
    };
    await work(20);
    const before = process.memoryUsage().heapUsed;

    await work(100);

    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  });

  it("F19 host shutdown: the batch is answered at once, the rest is handed back", async () => {
    const { engine, memory, state } = bench();
    const shutdown = new AbortController();
    let calls = 0;
    const infer: Infer["infer"] = async (features, options) => {
      if (++calls === 2) shutdown.abort();
      return memory.infer.infer(features, options);
    };
    const worker = engine({ infer: { ...memory.infer, infer }, maxRows: 2 });

    const outcome = await worker.processBatch(delivery(events(6), { signal: shutdown.signal }));

    expect(outcome).toMatchObject({ stored: 2, firstRetry: 2, retryCode: "cancelled" });
    expect(state.letters.size).toBe(0);
  });
});
