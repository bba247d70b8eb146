import { describe, expect, it } from "@jest/globals";
import { ConfigError } from "../../../../../shared/errors";
import { definePipeline } from "../../../../../shared/pipeline";
import { REFUSED_AMOUNT } from "../../../../support/memory";
import { raise } from "../../../../support/promises";
import { delivery, event, events, testPipeline } from "../../../../support/records";
import { alarming, failingAt, failure } from "../../../../support/stages";
import { bench } from "../../../../support/unit";

describe("order", () => {
  it("stops at the first micro-batch that must come again: none overtakes it", async () => {
    const { process, storedIds } = bench({ maxRows: 2, infer: failingAt(3, failure("timeout")) });

    const outcome = await process(delivery(events(8), { ordered: true }));

    expect(storedIds()).toEqual(["e0", "e1"]);
    expect(outcome).toMatchObject({
      messages: ["done", "done", "retry", "retry", "retry", "retry", "retry", "retry"],
      firstRetry: 2,
      stored: 2,
      retried: 6,
      retryCode: "timeout",
    });
  });

  it("does not matter to a source that has none: the rest goes on", async () => {
    const { process, storedIds } = bench({ maxRows: 2, infer: failingAt(3, failure("timeout")) });

    const outcome = await process(delivery(events(8), { ordered: false }));

    expect(storedIds()).toEqual(["e0", "e1", "e4", "e5", "e6", "e7"]);
    expect(outcome).toMatchObject({ firstRetry: 2, stored: 6, retried: 2 });
    expect(outcome.messages).toEqual(["done", "done", "retry", "retry", "done", "done", "done", "done"]);
  });

  it("does not stop at what is dead-lettered", async () => {
    const { process } = bench({ maxRows: 2 });

    const outcome = await process(delivery(["{", event(1, { amount: REFUSED_AMOUNT }), event(2), event(3)]));

    expect(outcome).toMatchObject({ firstRetry: -1, stored: 2, deadLettered: 2 });
  });

  it("stops where the letters of a micro-batch cannot be written", async () => {
    const { process, storedIds } = bench({ maxRows: 2, put: async () => raise(failure("unavailable")) });

    const outcome = await process(delivery([event(0), "{", event(2)]));

    expect(outcome).toMatchObject({ messages: ["done", "retry", "retry"], retryCode: "unavailable", deadLettered: 0 });
    expect(storedIds()).toEqual(["e0"]);
  });
});

describe("dead letters that cannot be written", () => {
  it("acknowledge nothing of what they are about", async () => {
    let calls = 0;
    const put = async () => {
      calls++;
      raise(failure("unavailable"));
    };
    const { process, letters } = bench({ put });

    const outcome = await process(delivery([event(0), "{", "", event(3)]));

    expect(outcome).toMatchObject({
      messages: ["done", "retry", "retry", "done"],
      firstRetry: 1,
      deadLettered: 0,
      retried: 2,
      reasons: {},
      retryCode: "unavailable",
    });
    expect(letters()).toEqual([]);
    expect(calls).toBe(3);
  });

  it("are tried again at the next delivery, and then acknowledged", async () => {
    let up = false;
    const { process, letters } = bench({ put: async (all, put) => (up ? put(all) : raise(failure("throttled"))) });
    await process(delivery(["{"]));
    up = true;

    const outcome = await process(delivery(["{"], { attempt: 2 }));

    expect(outcome).toMatchObject({ messages: ["done"], deadLettered: 1 });
    expect(letters()).toMatchObject([{ code: "json", attempts: 2 }]);
  });
});

describe("actions", () => {
  it("go out for duplicates too: a crash may have come between store and action", async () => {
    const { process, actions } = bench({ infer: alarming });
    const first = bench({ infer: alarming });
    await first.process(delivery(events(2)));
    await process(delivery(events(1)));

    const again = await process(delivery(events(2), { attempt: 2 }));

    expect(again).toMatchObject({ stored: 1, duplicates: 1 });
    expect(actions()).toEqual(["e0:alert", "e1:alert"]);
  });

  it("that fail hand their row back, whose next delivery is a duplicate with its action", async () => {
    let up = false;
    const out: string[] = [];
    const { process, storedIds } = bench({
      infer: alarming,
      publish: async (actions) => {
        if (!up) raise(failure("unavailable"));
        out.push(...actions.map(({ id }) => id));
        return [];
      },
    });

    const failed = await process(delivery(events(2)));
    expect(failed).toMatchObject({ messages: ["retry", "retry"], retryCode: "unavailable", stored: 0 });
    expect(storedIds()).toEqual(["e0", "e1"]);
    up = true;
    const again = await process(delivery(events(2), { attempt: 2 }));

    expect(again).toMatchObject({ messages: ["done", "done"], duplicates: 2 });
    expect(out).toEqual(["e0:alert", "e1:alert"]);
  });

  it("of rows that are not stored do not go out", async () => {
    const { process, actions } = bench({ infer: alarming, write: async () => raise(failure("unavailable")) });

    await process(delivery(events(2)));

    expect(actions()).toEqual([]);
  });
});

describe("a mistake of the set-up", () => {
  const mistake = new ConfigError("the table is missing.", "store", "Create it.");
  const pipeline = definePipeline({
    name: "mistaken",
    event: testPipeline.event,
    id: (of) => (of as { id: string }).id,
    key: () => "k",
    time: () => 0,
    features: { a: () => 1, b: () => 1, c: () => 1 },
    model: { file: "x", outputs: { score: { width: 1 } } },
    prediction: { score: (output) => output.score(1) },
  });

  it.each([
    ["the model", { infer: async () => raise(mistake) }],
    ["the warm-up", { warmUp: async () => raise(mistake) }],
    ["the store", { write: async () => raise(mistake) }],
    ["the actions", { infer: alarming, publish: async () => raise(mistake) }],
    ["the dead letters", { put: async () => raise(mistake) }],
    ["the prediction", { pipeline }],
  ])("that %s reports is thrown, and nothing is acknowledged or told", async (_, swaps) => {
    const { process, told } = bench(swaps);

    await expect(process(delivery([event(0), "{"]))).rejects.toThrow(ConfigError);
    expect(told).toEqual([]);
  });

  it("does not harm the next delivery", async () => {
    let wrong = true;
    const { process } = bench({ write: async (rows, store) => (wrong ? raise(mistake) : store(rows)) });
    await expect(process(delivery([event(0), "{"]))).rejects.toBe(mistake);
    wrong = false;

    expect(await process(delivery([event(5)]))).toMatchObject({ messages: ["done"], stored: 1, deadLettered: 0 });
  });
});
