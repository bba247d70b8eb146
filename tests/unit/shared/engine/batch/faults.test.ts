import { describe, expect, it } from "@jest/globals";
import { raise } from "../../../../support/promises";
import { delivery, event, events } from "../../../../support/records";
import { alarming, failingAt, failure } from "../../../../support/stages";
import { bench } from "../../../../support/unit";

describe("an error that nobody can classify", () => {
  const boom = new Error("boom");

  it("is handed back at first", async () => {
    const { process, letters, storedIds } = bench({ infer: failingAt(1, boom) });

    const outcome = await process(delivery(events(3), { attempt: 4 }));

    expect(outcome).toMatchObject({ firstRetry: 0, stored: 0, retried: 3, retryCode: "internal" });
    expect([letters(), storedIds()]).toEqual([[], []]);
  });

  it.each([0, 1, 3, 7])(
    "is blamed on the row at %i alone once the source has delivered often enough",
    async (position) => {
      const { process, letters, storedIds } = bench({ infer: failingAt(position, boom) });

      const outcome = await process(delivery(events(8), { attempt: 5 }));

      expect(outcome).toMatchObject({ stored: 7, deadLettered: 1, reasons: { internal: 1 }, firstRetry: -1 });
      expect(letters()).toMatchObject([{ eventId: `e${position}`, attempts: 5, message: "boom" }]);
      expect(storedIds()).toHaveLength(7);
    },
  );

  it("is blamed as early as the engine is told", async () => {
    const { process } = bench({ infer: failingAt(0, boom), maxAttempts: 2 });

    expect(await process(delivery(events(2), { attempt: 1 }))).toMatchObject({ retried: 2 });
    expect(await process(delivery(events(2), { attempt: 2 }))).toMatchObject({ stored: 1, deadLettered: 1 });
  });

  it("of the store is blamed on its row likewise, and many such rows do not open the breaker", async () => {
    const bad = ["e0", "e1", "e2", "e3", "e4", "e5", "e6"];
    const { process } = bench({
      write: async (rows, store) => (rows.ids.some((id) => bad.includes(id)) ? raise(boom) : store(rows)),
    });

    const outcome = await process(delivery(events(10), { attempt: 5 }));

    expect(outcome).toMatchObject({ stored: 3, deadLettered: 7, reasons: { internal: 7 } });
  });

  it("of an earlier event of the key holds no action back once that event is dead-lettered", async () => {
    const { process, actions } = bench({
      infer: alarming,
      write: async (rows, store) => (rows.ids.includes("e0") ? raise(boom) : store(rows)),
    });

    const outcome = await process(delivery([event(0), event(3)], { attempt: 5 }));

    expect(outcome).toMatchObject({ stored: 1, deadLettered: 1, reasons: { internal: 1 } });
    expect(actions()).toEqual(["e3:alert"]);
  });
});

describe("the surroundings' fault", () => {
  it.each(["throttled", "timeout", "unavailable", "credentials", "conflict", "cold-start", "lease-lost"] as const)(
    "%s of the model never dead-letters, whatever the attempt",
    async (code) => {
      const { process, letters, storedIds } = bench({ infer: async () => raise(failure(code, 70)) });

      const outcome = await process(delivery([event(0), event(1)], { attempt: 50 }));

      expect(outcome).toMatchObject({
        messages: ["retry", "retry"],
        retryCode: code,
        retryAfterMs: 70,
        deadLettered: 0,
      });
      expect([letters(), storedIds()]).toEqual([[], []]);
    },
  );

  it("of the store hands back those rows alone", async () => {
    const { process, storedIds } = bench({
      write: async (rows, store) => {
        if (rows.ids.includes("e1"))
          return { duplicates: [], failures: rows.ids.map((_, index) => ({ index, error: failure("throttled") })) };
        return store(rows);
      },
    });

    const outcome = await process(delivery([event(0), event(1), event(2)]));

    expect(outcome).toMatchObject({ messages: ["retry", "retry", "retry"], retryCode: "throttled" });
    expect(storedIds()).toEqual([]);
  });

  it("of a warm-up hands everything back, and the next delivery tries again", async () => {
    let calls = 0;
    const { process } = bench({
      retry: { attempts: 1 },
      warmUp: async () => (++calls === 1 ? raise(failure("cold-start")) : { version: "model-2", width: 3 }),
    });

    expect(await process(delivery(events(2)))).toMatchObject({ retried: 2, retryCode: "cold-start" });
    expect(await process(delivery(events(2)))).toMatchObject({ stored: 2 });
    expect(await process(delivery(events(2)))).toMatchObject({ duplicates: 2 });
    expect(calls).toBe(2);
  });

  it("while events are refused too dead-letters those, and hands the others back", async () => {
    const { process, letters } = bench({ infer: async () => raise(failure("unavailable")) });

    const outcome = await process(delivery([event(0), "{", event(2)]));

    expect(outcome).toMatchObject({ messages: ["retry", "done", "retry"], deadLettered: 1, retried: 2 });
    expect(letters()).toMatchObject([{ code: "json" }]);
  });

  it("of one event in a message hands the whole message back, and no other", async () => {
    const { process, storedIds } = bench({
      write: async (rows, store) => {
        const report = await store({ ...rows, ids: rows.ids.map((id) => (id === "e2" ? "e0" : id)) });
        const index = rows.ids.indexOf("e2");
        return index === -1 ? report : { duplicates: [], failures: [{ index, error: failure("conflict") }] };
      },
    });

    const outcome = await process(delivery([[event(0), event(1)], [event(2), event(3)], event(4)]));

    expect(outcome).toMatchObject({ messages: ["done", "retry", "done"], firstRetry: 1, stored: 4, retried: 1 });
    expect(storedIds()).toEqual(["e0", "e1", "e3", "e4"]);
  });

  it("opens the circuit, and then nothing is called until it has cooled down", async () => {
    let calls = 0;
    let up = false;
    const { process, clock, told } = bench({
      retry: { attempts: 1 },
      infer: async (features) => {
        calls++;
        return up ? alarming(features) : raise(failure("unavailable"));
      },
    });
    for (let i = 0; i < 5; i++) await process(delivery(events(1)));

    const refused = await process(delivery(events(1)));
    expect(refused).toMatchObject({ retryCode: "circuit-open", retryAfterMs: 5_000 });
    expect(calls).toBe(5);
    up = true;
    await clock.sleep(5_000);

    expect(await process(delivery(events(1)))).toMatchObject({ stored: 1 });
    expect(told.filter(({ type }) => type === "breaker")).toMatchObject([
      { stage: "infer", state: "open" },
      { stage: "infer", state: "half-open" },
      { stage: "infer", state: "closed" },
    ]);
  });

  it("has a circuit of its own for the store", async () => {
    const { process, told } = bench({ retry: { attempts: 1 }, write: async () => raise(failure("unavailable")) });
    for (let i = 0; i < 5; i++) await process(delivery(events(1)));

    expect(await process(delivery(events(1)))).toMatchObject({ retryCode: "circuit-open" });
    expect(told.filter(({ type }) => type === "breaker")).toMatchObject([{ stage: "store", state: "open" }]);
  });
});
