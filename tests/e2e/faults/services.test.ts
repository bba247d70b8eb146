import { describe, expect, it } from "@jest/globals";
import {
  ConfigError,
  type DeadLetterStore,
  type ErrorCode,
  type Infer,
  SluiceError,
  type Stage,
  type Store,
} from "sluice";
import { bench } from "../../support/engine";
import { settled } from "../../support/manual-clock";
import { delivery, event, events } from "../../support/records";

describe("faults of services, through the engine", () => {
  it("F03 model down: retried with growing waits, handed back, and the breaker lets exactly one probe through", async () => {
    const { engine, memory, clock, state, telemetry } = bench();
    let calls = 0;
    let up = false;
    const infer: Infer["infer"] = async (features) => {
      calls++;
      if (!up) throw new SluiceError("unavailable", "infer", "503");
      return memory.infer.infer(features);
    };
    const broken = engine({ infer: { ...memory.infer, infer } });

    const first = await broken.processBatch(delivery(events(3)));
    const second = await broken.processBatch(delivery(events(3)));
    const refused = await broken.processBatch(delivery(events(3)));
    const callsUntilOpen = calls;
    await clock.advance(refused.retryAfterMs!);
    const probe = await broken.processBatch(delivery(events(3)));
    const callsOfProbe = calls - callsUntilOpen;
    await clock.advance(10_000);
    up = true;
    const after = await broken.processBatch(delivery(events(3)));

    expect([first, second, refused, probe].map(({ firstRetry }) => firstRetry)).toEqual([0, 0, 0, 0]);
    expect(refused.retryCode).toBe("circuit-open");
    expect(callsUntilOpen).toBe(5);
    expect(callsOfProbe).toBe(1);
    expect(after).toMatchObject({ stored: 3, firstRetry: -1 });
    expect(state.letters.size).toBe(0);
    const delays = telemetry.flatMap((told) => (told.type === "retry" ? [told.delayMs] : []));
    expect(delays.slice(0, 2)).toEqual([25, 50]);
  });

  it("F04 throttling: waits as long as it is asked to, and never dead-letters", async () => {
    const { engine, memory, clock, state, deliver } = bench();
    let freeAt = 0;
    const write: Store["write"] = async (rows, options) => {
      const retryAfterMs = freeAt - clock.monotonic();
      if (retryAfterMs > 0) throw new SluiceError("throttled", "store", "429", { retryAfterMs });
      freeAt = clock.monotonic() + 3_000;
      return memory.store.write(rows, options);
    };

    await deliver(engine({ store: { ...memory.store, write }, maxRows: 2 }), delivery(events(10)));

    expect(state.predictions.size).toBe(10);
    expect(state.letters.size).toBe(0);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(12_000);
    expect(clock.monotonic()).toBeLessThan(30_000);
  });

  it("F05 model that never answers: given up at the deadline minus the reserve, and the signal reaches the call", async () => {
    const { engine, memory, clock } = bench({ auto: false });
    let signal: AbortSignal | undefined;
    const infer: Infer["infer"] = (_, options) => {
      signal = options?.signal;
      return new Promise(() => {});
    };
    const stuck = engine({ infer: { ...memory.infer, infer } });

    const processing = stuck.processBatch(delivery(events(3), { deadline: clock.now() + 5_000 }));
    await clock.advance(3_999);
    const before = signal?.aborted;
    await clock.advance(1);
    const outcome = await processing;

    expect(before).toBe(false);
    expect(signal?.aborted).toBe(true);
    expect(outcome).toMatchObject({ firstRetry: 0, retryCode: "deadline" });
    expect(clock.sleepers()).toBe(0);
  });

  it("F05 an answer that comes after the deadline does no harm to what is under way by then", async () => {
    const { engine, memory, clock, state } = bench({ auto: false });
    const late = Promise.withResolvers<void>();
    const write: Store["write"] = async (rows, options) => {
      if (rows.ids.includes("e0")) await late.promise;
      return memory.store.write(rows, options && {});
    };
    const slow = engine({ store: { ...memory.store, write } });

    const abandoned = slow.processBatch(delivery(events(3), { deadline: clock.now() + 2_000 }));
    await clock.advance(1_000);
    await abandoned;
    await slow.processBatch(delivery([event(10), event(11), event(12)]));
    late.resolve();
    await settled();

    for (const [id, { prediction }] of state.predictions) expect(prediction["amount"]).toBe(Number(id.slice(1)));
    expect([...state.predictions.keys()].sort()).toEqual(["e0", "e1", "e10", "e11", "e12", "e2"]);
  });

  it("F06 partial store failure: only the failed rows are sent again", async () => {
    const { engine, memory, state, deliver } = bench();
    const sent: string[][] = [];
    const write: Store["write"] = async (rows, options) => {
      sent.push([...rows.ids]);
      const odd = [...rows.ids.keys()].filter((index) => rows.count > 2 && index % 2 === 1);
      const report = await memory.store.write(rows, options);
      for (const index of odd) state.predictions.delete(rows.ids[index]!);
      const error = new SluiceError("throttled", "store", "Unprocessed.");
      return { ...report, failures: odd.map((index) => ({ index, error })) };
    };

    const [outcome] = await deliver(engine({ store: { ...memory.store, write } }), delivery(events(5)));

    expect(sent).toEqual([
      ["e0", "e1", "e2", "e3", "e4"],
      ["e1", "e3"],
    ]);
    expect(outcome).toMatchObject({ stored: 5, duplicates: 0, firstRetry: -1 });
    expect(state.predictions.size).toBe(5);
  });

  it("F11 dead-letter store down for a while: nothing is acknowledged, nothing is lost, all arrives afterwards", async () => {
    const { engine, memory, clock, state, deliver } = bench();
    const put: DeadLetterStore["put"] = async (letters, options) => {
      if (clock.monotonic() < 20_000) throw new SluiceError("unavailable", "deadletter", "Down.");
      return memory.deadLetters.put(letters, options);
    };

    const outcomes = await deliver(
      engine({ deadLetters: { ...memory.deadLetters, put } }),
      delivery([event(0), "poison", event(1)]),
    );

    expect(outcomes[0]).toMatchObject({
      messages: ["done", "retry", "done"],
      deadLettered: 0,
      retryCode: "unavailable",
    });
    expect(outcomes.at(-1)).toMatchObject({ firstRetry: -1, deadLettered: 1 });
    expect([...state.predictions.keys()]).toEqual(["e0", "e1"]);
    expect(state.letters.size).toBe(1);
  });

  it("F15 expired credentials: handed back, never dead-lettered, and done once they are fresh", async () => {
    const { engine, memory, clock, state, deliver } = bench();
    const expired = (stage: Stage) => new SluiceError("credentials", stage, "ExpiredToken");
    const write: Store["write"] = async (rows, options) => {
      if (clock.monotonic() < 15_000) throw expired("store");
      return memory.store.write(rows, options);
    };

    const outcomes = await deliver(engine({ store: { ...memory.store, write } }), delivery(events(3)));

    expect(outcomes.length).toBeGreaterThan(2);
    expect(outcomes.at(-1)).toMatchObject({ stored: 3, firstRetry: -1 });
    expect(state.letters.size).toBe(0);
  });

  it("F20 cold start: the breaker does not trip, and the first batch that finds the model warm goes through", async () => {
    const { engine, memory, clock, telemetry, deliver } = bench();
    const infer: Infer["infer"] = async (features) => {
      if (clock.monotonic() < 60_000)
        throw new SluiceError("cold-start", "infer", "Still loading.", { retryAfterMs: 5_000 });
      return memory.infer.infer(features);
    };

    const outcomes = await deliver(engine({ infer: { ...memory.infer, infer } }), delivery(events(3)));

    expect(outcomes.at(-1)).toMatchObject({ stored: 3 });
    expect(telemetry.filter(({ type }) => type === "breaker")).toEqual([]);
  });

  it("F20 cold start: a model that cannot be loaded at first is tried again by the next batch", async () => {
    const { engine, memory } = bench();
    let loads = 0;
    const warmUp: Infer["warmUp"] = async () => {
      if (++loads < 5) throw new SluiceError("unavailable", "infer", "Not yet.");
      return memory.infer.warmUp();
    };
    const worker = engine({ infer: { ...memory.infer, warmUp } });

    const first = await worker.processBatch(delivery(events(3)));
    const second = await worker.processBatch(delivery(events(3), { attempt: 2 }));

    expect([first.retried, second.stored]).toEqual([3, 3]);
  });

  it("F21 a set-up that cannot work is the user's mistake: thrown, and nothing is acknowledged", async () => {
    const { engine, memory, state } = bench();
    const mistake = new ConfigError("the file is missing.", "model.onnx", "Put it there.");
    const warmUp: Infer["warmUp"] = async () => {
      throw mistake;
    };

    const thrown = await engine({ infer: { ...memory.infer, warmUp } })
      .processBatch(delivery(events(3)))
      .catch((error: unknown) => error);

    expect(thrown).toBe(mistake);
    expect(state.predictions.size + state.letters.size).toBe(0);
  });

  it("only the record's own fault is ever a reason for its letter", async () => {
    const surroundings: ErrorCode[] = ["throttled", "timeout", "unavailable", "credentials", "conflict", "cold-start"];
    for (const code of surroundings) {
      const { engine, memory, state, deliver } = bench();
      const write: Store["write"] = async () => {
        throw new SluiceError(code, "store", "Injected.");
      };

      await deliver(engine({ store: { ...memory.store, write } }), delivery(events(2)), 12);

      expect([code, state.letters.size]).toEqual([code, 0]);
    }
  });
});
