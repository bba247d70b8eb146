import { describe, expect, it } from "@jest/globals";
import type { FeatureMatrix } from "../../../../../shared/matrix";
import { manualClock, settled } from "../../../../support/manual-clock";
import { gate, hanging, raise } from "../../../../support/promises";
import { delivery, event, events } from "../../../../support/records";
import { alarming, failure } from "../../../../support/stages";
import { bench } from "../../../../support/unit";

describe("the deadline", () => {
  const within = (clock: { now(): number }, ms: number) => ({ deadline: clock.now() + ms });

  it("stops the work before it and hands the rest back", async () => {
    const clock = manualClock({ auto: false });
    const slow = async (features: FeatureMatrix) => {
      clock.block(1_500);
      return alarming(features);
    };
    const { process, storedIds } = bench({ clock, maxRows: 1, infer: slow });

    const outcome = await process(delivery(events(5), { ...within(clock, 4_500), ordered: false }));

    expect(storedIds()).toEqual(["e0", "e1"]);
    expect(outcome).toMatchObject({ stored: 2, retried: 3, firstRetry: 2, retryCode: "deadline" });
  });

  it("that is over before the first event hands everything back, and says why", async () => {
    const { process, clock } = bench({ infer: async () => raise(new Error("called")) });

    const outcome = await process(delivery(events(2), within(clock, 500)));

    expect(outcome).toMatchObject({ messages: ["retry", "retry"], retried: 2, retryCode: "deadline" });
  });

  it("holds for a model that hangs and ignores its signal", async () => {
    const { process, clock } = bench({ infer: () => hanging() });

    const outcome = await process(delivery(events(2), within(clock, 5_000)));

    expect(outcome).toMatchObject({ retried: 2, retryCode: "deadline" });
    expect(clock.monotonic()).toBe(4_000);
  });

  it("holds for a warm-up that hangs", async () => {
    const { process, clock } = bench({ warmUp: () => hanging() });

    expect(await process(delivery(events(2), within(clock, 5_000)))).toMatchObject({ retryCode: "deadline" });
    expect(clock.monotonic()).toBe(4_000);
  });

  it("keeps back as much for the answer as the engine is told", async () => {
    const { process, clock } = bench({ infer: () => hanging(), reserveMs: 200 });

    await process(delivery(events(1), within(clock, 5_000)));

    expect(clock.monotonic()).toBe(4_800);
  });

  it("leaves no timer behind", async () => {
    const clock = manualClock({ auto: false });
    const { process } = bench({ clock });

    await process(delivery(events(1), within(clock, 5_000)));
    await settled();

    expect(clock.sleepers()).toBe(0);
  });

  it("that ends a probe does not keep the breaker half-open", async () => {
    let mode: "fail" | "hang" | "work" = "fail";
    const { process, clock } = bench({
      retry: { attempts: 1 },
      infer: async (features) => {
        if (mode === "fail") raise(failure("unavailable"));
        return mode === "hang" ? hanging() : alarming(features);
      },
    });
    for (let i = 0; i < 5; i++) await process(delivery(events(1)));
    await clock.sleep(5_000);
    mode = "hang";
    await process(delivery(events(1), within(clock, 3_000)));
    mode = "work";
    await clock.sleep(5_000);

    expect(await process(delivery(events(1)))).toMatchObject({ stored: 1 });
  });
});

describe("a shutdown", () => {
  it("stops the work at once and hands the rest back", async () => {
    const host = new AbortController();
    const { process, storedIds } = bench({
      maxRows: 2,
      infer: async (features) => {
        if (features.data[0] === 2) host.abort();
        return alarming(features);
      },
    });

    const outcome = await process(delivery(events(6), { ordered: false, signal: host.signal }));

    expect(storedIds()).toEqual(["e0", "e1"]);
    expect(outcome).toMatchObject({ stored: 2, retried: 4, retryCode: "cancelled" });
  });

  it("reaches the ports as a signal", async () => {
    const host = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const { process } = bench({
      infer: async (features, signal) => {
        signals.push(signal);
        return alarming(features);
      },
      write: async (rows, store, signal) => {
        signals.push(signal);
        return store(rows);
      },
    });

    await process(delivery(events(1), { signal: host.signal }));

    expect(signals).toEqual([host.signal, host.signal]);
  });
});

describe("an operation that outlives its batch", () => {
  it("never sees another batch's rows", async () => {
    const clock = manualClock({ auto: false });
    const late = gate();
    const seen: string[] = [];
    let first = true;
    const { process, stored } = bench({
      clock,
      write: async (rows, store) => {
        if (!first) return store(rows);
        first = false;
        await late.promise;
        seen.push(...rows.ids);
        return store(rows);
      },
    });

    const abandoned = process(delivery(events(4), { deadline: clock.now() + 5_000 }));
    await clock.advance(4_000);
    expect(await abandoned).toMatchObject({ retryCode: "deadline" });
    await process(delivery([event(7), event(8)]));
    late.open();
    await settled();

    expect(seen).toEqual(["e0", "e1", "e2", "e3"]);
    for (const { id, prediction } of stored()) expect(prediction["amount"]).toBe(Number(id.slice(1)));
  });
});

describe("concurrent deliveries", () => {
  it("do not mix their rows, and warm up once", async () => {
    let warmUps = 0;
    const { process, stored } = bench({
      maxRows: 3,
      warmUp: async () => ({ version: `model-${++warmUps}`, width: 3 }),
    });
    const batches = Array.from({ length: 8 }, (_, batch) =>
      Array.from({ length: 10 }, (_, i) => event(batch * 10 + i)),
    );

    const outcomes = await Promise.all(batches.map((batch) => process(delivery(batch))));

    expect(outcomes.map(({ stored }) => stored)).toEqual(batches.map(() => 10));
    expect(stored()).toHaveLength(80);
    for (const { id, prediction, features } of stored())
      expect([prediction["amount"], features[0]]).toEqual([Number(id.slice(1)), Number(id.slice(1))]);
    expect(warmUps).toBe(1);
  });
});
