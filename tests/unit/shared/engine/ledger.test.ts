import { describe, expect, it } from "@jest/globals";
import { createLedger } from "../../../../shared/engine/ledger";
import { unpack } from "../../../../shared/engine/unpack";
import { encodeEnvelope } from "../../../../shared/envelope";
import { type ErrorCode, SluiceError } from "../../../../shared/errors";
import { manualClock } from "../../../support/manual-clock";
import { type Body, delivery } from "../../../support/records";

const failure = (code: ErrorCode, retryAfterMs?: number) =>
  new SluiceError(code, "store", "x", retryAfterMs === undefined ? {} : { retryAfterMs });

function setting(bodies: readonly Body[]) {
  const clock = manualClock({ auto: false });
  clock.block(1_000);
  const whole = delivery(bodies, { source: "payments", partition: "7" });
  const unpacked = unpack(whole);
  return { clock, ledger: createLedger(whole, unpacked, clock) };
}

describe("the account of a delivery", () => {
  it("hands back every event that nobody spoke for", () => {
    const { ledger } = setting(["a", "b"]);

    expect(ledger.events).toBe(2);
    expect(ledger.outcome()).toEqual({
      messages: ["retry", "retry"],
      firstRetry: 0,
      received: 2,
      stored: 0,
      duplicates: 0,
      deadLettered: 0,
      retried: 2,
      reasons: {},
      retryCode: undefined,
      retryAfterMs: undefined,
    });
  });

  it("acknowledges an empty delivery, and an envelope without events", () => {
    expect(setting([]).ledger.outcome()).toMatchObject({ messages: [], firstRetry: -1, received: 0, retried: 0 });
    expect(setting([[]]).ledger.outcome()).toMatchObject({ messages: ["done"], firstRetry: -1, received: 0 });
    expect(setting([[], "a"]).ledger.outcome()).toMatchObject({ messages: ["done", "retry"], firstRetry: 1 });
  });

  it("acknowledges a message once all its events are durable or dead-lettered", () => {
    const { ledger } = setting([["a", "b", "c"], "d", ["e", "f"], "g"]);

    ledger.durable(0, false);
    ledger.durable(1, true);
    ledger.deadLettered(2, "schema");
    ledger.durable(3, false);
    ledger.durable(4, false);
    ledger.failed({ event: 5, error: failure("throttled") });
    ledger.deadLettered(6, "schema");

    expect(ledger.outcome()).toMatchObject({
      messages: ["done", "done", "retry", "done"],
      firstRetry: 2,
      received: 7,
      stored: 3,
      duplicates: 1,
      deadLettered: 2,
      retried: 1,
      reasons: { schema: 2 },
      retryCode: "throttled",
    });
  });

  it.each([0, 1, 2])("hands a whole message back for one event of it, the one at %i", (position) => {
    const { ledger } = setting(["x", ["a", "b", "c"], "y"]);

    for (let event = 0; event < 5; event++)
      if (event === position + 1) ledger.failed({ event, error: failure("timeout") });
      else ledger.durable(event, false);

    expect(ledger.outcome()).toMatchObject({ messages: ["done", "retry", "done"], firstRetry: 1, retried: 1 });
  });

  it("is aligned with the messages whichever of them fail", () => {
    for (let mask = 0; mask < 16; mask++) {
      const { ledger } = setting(["a", ["b", "c"], [], "d", "e"]);
      const failing = [0, 1, 3, 4].map((event, bit) => ({ event, fails: (mask & (1 << bit)) !== 0 }));

      ledger.durable(2, false);
      for (const { event, fails } of failing)
        if (fails) ledger.failed({ event, error: failure("timeout") });
        else ledger.durable(event, false);

      const [a, b, d, e] = failing.map(({ fails }) => (fails ? "retry" : "done"));
      expect(ledger.outcome().messages).toEqual([a, b, "done", d, e]);
    }
  });

  it("says why the rest must come again, and what the failing side asked for", () => {
    const { ledger } = setting(["a", "b"]);

    ledger.failed({ event: 0, error: failure("throttled", 250) });
    ledger.failed({ event: 1, error: failure("timeout") });

    expect(ledger.outcome()).toMatchObject({ retryCode: "throttled", retryAfterMs: 250 });
  });

  it("says that the letter could not be written, where that is why an event must come again", () => {
    const { ledger } = setting(["a"]);

    ledger.failed({ event: 0, error: failure("schema") }, failure("unavailable", 40));

    expect(ledger.outcome()).toMatchObject({ retryCode: "unavailable", retryAfterMs: 40 });
    expect(ledger.giveUp(failure("deadline"))).toMatchObject([{ event: 0, error: { code: "schema" } }]);
  });

  it("says what cut it off, where nothing else failed", () => {
    const { ledger } = setting(["a", "b"]);

    ledger.cutOff(failure("deadline"));
    expect(ledger.outcome()).toMatchObject({ retried: 2, retryCode: "deadline", retryAfterMs: undefined });
    ledger.failed({ event: 0, error: failure("throttled", 250) });

    expect(ledger.outcome()).toMatchObject({ retryCode: "throttled", retryAfterMs: 250 });
  });

  it("counts many durable events at once", () => {
    const { ledger } = setting(["a", "b", "c"]);

    ledger.allDurable([0, 2]);
    expect(ledger.outcome()).toMatchObject({ messages: ["done", "retry", "done"], stored: 2, retried: 1 });
    ledger.allDurable([1]);

    expect(ledger.outcome()).toMatchObject({ messages: ["done", "done", "done"], firstRetry: -1, stored: 3 });
  });

  it("knows whether something must come again, until it is dead-lettered", () => {
    const { ledger } = setting(["a", "b"]);

    expect(ledger.mustRetry()).toBe(false);
    ledger.durable(1, false);
    ledger.failed({ event: 0, error: failure("timeout") });
    expect(ledger.mustRetry()).toBe(true);
    ledger.deadLettered(0, "timeout");

    expect(ledger.mustRetry()).toBe(false);
    expect(ledger.outcome()).toMatchObject({ messages: ["done", "done"], deadLettered: 1, retryCode: undefined });
  });

  it("gives up whatever is neither durable nor dead-lettered, with what is known of it", () => {
    const { ledger } = setting(["a", "b", "c", "d"]);
    const reject = { event: 2, error: failure("timeout"), key: "k", eventId: "e" };
    const unspoken = failure("deadline");

    ledger.durable(0, false);
    ledger.deadLettered(1, "schema");
    ledger.failed(reject);

    expect(ledger.giveUp(unspoken)).toEqual([reject, { event: 3, error: unspoken }]);
  });

  it("finds each event's place in the stream", () => {
    const { ledger } = setting(["a", ["b", "c"], [], ["d"]]);

    const places = [0, 1, 2, 3].map((event) => ledger.position(event));

    expect(places).toEqual([
      { source: "payments", partition: "7", offset: "0", index: 0 },
      { source: "payments", partition: "7", offset: "1", index: 0 },
      { source: "payments", partition: "7", offset: "1", index: 1 },
      { source: "payments", partition: "7", offset: "3", index: 0 },
    ]);
  });
});

describe("the telemetry of a batch", () => {
  it("has the time per stage and in all, and the counts", () => {
    const { clock, ledger } = setting(["a", "b", "c", "d"]);
    clock.block(5);
    ledger.timed("decode");
    clock.block(7);
    ledger.timed("infer");
    clock.block(1);
    ledger.timed("decode");
    ledger.timed("store");
    ledger.allDurable([0]);
    ledger.durable(1, true);
    ledger.deadLettered(2, "json");
    clock.block(100);

    expect(ledger.event("card-fraud", "model-1")).toEqual({
      type: "batch",
      pipeline: "card-fraud",
      modelVersion: "model-1",
      partition: "7",
      received: 4,
      stored: 1,
      duplicates: 1,
      deadLettered: 1,
      retried: 1,
      reasons: { json: 1 },
      stages: { decode: 6, infer: 7, store: 0, actions: 0, deadletter: 0 },
      totalMs: 13,
      endToEndMs: undefined,
    });
  });

  it("measures from packing to done by the wall clock, and is never negative", () => {
    const clock = manualClock({ auto: false });
    const measured = (ago: number) => {
      const whole = delivery([encodeEnvelope(["a"], clock.now() - ago)]);
      const event = createLedger(whole, unpack(whole), clock).event("p", "m");
      return event.type === "batch" ? event.endToEndMs : undefined;
    };

    expect([measured(250), measured(0), measured(-5_000)]).toEqual([250, 0, 0]);
  });
});
