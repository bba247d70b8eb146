import { describe, expect, it } from "@jest/globals";
import { hanging, raise } from "../../../../support/promises";
import { delivery, event, events } from "../../../../support/records";
import { failingAt, failure } from "../../../../support/stages";
import { bench } from "../../../../support/unit";

describe("the last attempt", () => {
  const last = { lastAttempt: true, attempt: 4 };

  it("dead-letters what would otherwise come again, with its key and id", async () => {
    const { process, letters } = bench({ infer: async () => raise(failure("unavailable")) });

    const outcome = await process(delivery(events(2), last));

    expect(outcome).toMatchObject({
      messages: ["done", "done"],
      firstRetry: -1,
      deadLettered: 2,
      reasons: { unavailable: 2 },
      retryCode: undefined,
    });
    expect(letters()).toMatchObject([
      { key: "k0", eventId: "e0", code: "unavailable", attempts: 4 },
      { key: "k1", eventId: "e1", code: "unavailable", attempts: 4 },
    ]);
  });

  it("dead-letters also what order kept from its turn", async () => {
    const { process, letters } = bench({ maxRows: 2, infer: failingAt(0, failure("timeout")) });

    const outcome = await process(delivery(events(5), { ...last, ordered: true }));

    expect(outcome).toMatchObject({ firstRetry: -1, deadLettered: 5, reasons: { timeout: 2, deadline: 3 } });
    expect(letters()[4]).toMatchObject({
      stage: "engine",
      message: "The batch ended before the event's turn, at its last attempt.",
    });
  });

  it("dead-letters what the deadline cut off, in the time that was kept back for the answer", async () => {
    const { process, clock, letters } = bench({ infer: () => hanging() });

    const outcome = await process(delivery(events(3), { ...last, deadline: clock.now() + 5_000 }));

    expect(outcome).toMatchObject({ firstRetry: -1, deadLettered: 3 });
    expect(letters()).toHaveLength(3);
    expect(clock.monotonic()).toBe(4_000);
  });

  it("dead-letters what a shutdown cut off", async () => {
    const { process, letters } = bench();

    await process(delivery(events(3), { ...last, signal: AbortSignal.abort() }));

    expect(letters()).toHaveLength(3);
  });

  it("does not wait for letters beyond the deadline, and then says that the rest must come again", async () => {
    const { process, clock } = bench({ infer: () => hanging(), put: () => hanging() });

    const outcome = await process(delivery(events(2), { ...last, deadline: clock.now() + 5_000 }));

    expect(outcome).toMatchObject({ messages: ["retry", "retry"], deadLettered: 0, retryCode: "deadline" });
    expect(clock.monotonic()).toBe(5_000);
  });

  it("keeps the reason of an event whose letter could not be written at first", async () => {
    let calls = 0;
    const { process, letters } = bench({
      put: async (all, put) => (++calls <= 3 ? raise(failure("unavailable")) : put(all)),
    });

    const outcome = await process(delivery(["{", event(1)], { ...last, ordered: false }));

    expect(outcome).toMatchObject({ firstRetry: -1, stored: 1, deadLettered: 1, reasons: { json: 1 } });
    expect(letters()).toMatchObject([{ code: "json", stage: "decode" }]);
  });

  it("stores what it can", async () => {
    const { process, letters, storedIds } = bench({ maxRows: 2, infer: failingAt(3, failure("timeout")) });

    await process(delivery(events(6), { ...last, ordered: false }));

    expect(storedIds()).toEqual(["e0", "e1", "e4", "e5"]);
    expect(letters().map(({ eventId }) => eventId)).toEqual(["e2", "e3"]);
  });
});
