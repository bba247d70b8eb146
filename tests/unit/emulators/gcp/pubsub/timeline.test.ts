import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createTimeline } from "../../../../../emulators/gcp/pubsub/timeline";
import { manualClock, settled } from "../../../../support/manual-clock";

function harness() {
  const clock = manualClock({ auto: false });
  const timeline = createTimeline(clock);
  const seen: string[] = [];
  const schedule = (ms: number, name = String(ms)) =>
    timeline.after(ms, () => void seen.push(`${clock.monotonic()}:${name}`));
  return { clock, timeline, seen, schedule };
}

describe("a timeline", () => {
  it("runs what is due, each at its time, in the order of the calls where the time is the same", async () => {
    const { clock, seen, schedule } = harness();
    for (const [ms, name] of [
      [30, "c"],
      [10, "a"],
      [20, "b1"],
      [20, "b2"],
    ] as const)
      schedule(ms, name);

    await clock.advance(25);
    const early = [...seen];
    await clock.advance(25);

    expect(early).toEqual(["10:a", "20:b1", "20:b2"]);
    expect(seen.slice(3)).toEqual(["30:c"]);
  });

  it("does not run what is canceled, and lets no time pass for it", async () => {
    const { clock, seen, schedule } = harness();
    const timer = schedule(10);
    await settled();

    timer.cancel();
    await settled();
    const sleepers = clock.sleepers();
    await clock.advance(100);

    expect(sleepers).toBe(0);
    expect(seen).toEqual([]);
  });

  it("may be told to cancel what has run", async () => {
    const { clock, seen, schedule } = harness();
    const timer = schedule(10);
    await clock.advance(10);

    timer.cancel();
    schedule(10, "next");
    await clock.advance(10);

    expect(seen).toEqual(["10:10", "20:next"]);
  });

  it("has one sleeper, whatever waits", async () => {
    const { clock, schedule } = harness();

    for (let ms = 1; ms <= 100; ms++) schedule(ms);
    await settled();

    expect(clock.sleepers()).toBe(1);
  });

  it("runs nothing after it is closed", async () => {
    const { clock, timeline, seen, schedule } = harness();
    schedule(10);
    await settled();

    timeline.close();
    await clock.advance(100);

    expect([seen, clock.sleepers()]).toEqual([[], 0]);
  });

  it("runs exactly what is left, in order, however many are canceled", async () => {
    const entries = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 500 }), isCanceled: fc.boolean() }), {
      maxLength: 4000,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(entries, async (all) => {
        const { clock, seen, schedule } = harness();
        const timers = all.map(({ ms }, i) => schedule(ms, String(i)));

        for (const [i, { isCanceled }] of all.entries()) if (isCanceled) timers[i]?.cancel();
        await clock.advance(500);

        const left = all
          .map(({ ms, isCanceled }, i) => ({ ms, i, isCanceled }))
          .filter(({ isCanceled }) => !isCanceled);
        expect(seen).toEqual(left.sort((a, b) => a.ms - b.ms || a.i - b.i).map(({ ms, i }) => `${ms}:${i}`));
      }),
      { numRuns: 20 },
    );
  });
});
