import { describe, expect, it } from "@jest/globals";
import { encodeEnvelope } from "../../../../shared/envelope";
import { NAN_AMOUNT, REFUSED_AMOUNT } from "../../../support/memory";
import { raise } from "../../../support/promises";
import { delivery, event, events } from "../../../support/records";
import { alarming, failure } from "../../../support/stages";
import { bench } from "../../../support/unit";

describe("one delivery", () => {
  it("ends with every event stored, dead-lettered or to come again, and says which", async () => {
    const { process, storedIds, letters, told } = bench();

    const outcome = await process(delivery([event(0), "{", [event(1), "", event(2)], event(0)]));

    expect(outcome).toEqual({
      messages: ["done", "done", "done", "done"],
      firstRetry: -1,
      received: 6,
      stored: 3,
      duplicates: 1,
      deadLettered: 2,
      retried: 0,
      reasons: { json: 1, empty: 1 },
      retryCode: undefined,
      retryAfterMs: undefined,
    });
    expect(storedIds()).toEqual(["e0", "e1", "e2"]);
    expect(letters().map(({ code, position }) => [code, position.offset, position.index])).toEqual([
      ["json", "1", 0],
      ["empty", "2", 1],
    ]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      type: "batch",
      received: 6,
      stored: 3,
      duplicates: 1,
      deadLettered: 2,
      modelVersion: "model-1",
    });
  });

  it("without messages is acknowledged, and calls nothing", async () => {
    const { process, told } = bench({
      infer: () => raise(new Error("called")),
      warmUp: () => raise(new Error("called")),
    });

    const outcome = await process(delivery([]));

    expect(outcome).toMatchObject({ messages: [], firstRetry: -1, received: 0 });
    expect(told).toMatchObject([{ received: 0, modelVersion: "" }]);
  });

  it("of an envelope without events is acknowledged", async () => {
    const { process } = bench();

    expect(await process(delivery([[], event(1), []]))).toMatchObject({
      messages: ["done", "done", "done"],
      stored: 1,
    });
  });

  it("goes in micro-batches, each a call of at most the rows that fit", async () => {
    const calls: number[] = [];
    const { process, storedIds, told } = bench({
      maxRows: 4,
      infer: async (features) => {
        calls.push(features.rows);
        return alarming(features);
      },
    });

    const outcome = await process(delivery([events(10)]));

    expect(calls).toEqual([4, 4, 2]);
    expect(storedIds()).toEqual(events(10).map(({ id }) => id));
    expect(outcome.stored).toBe(10);
    expect(told).toHaveLength(1);
  });

  it("stores what the pipeline says, with the versions and the event's own place in time", async () => {
    const { process, stored, clock } = bench();

    await process(delivery([event(5, { label: true })]));

    expect(stored()).toEqual([
      expect.objectContaining({
        id: "e5",
        key: "k2",
        time: event(5).at,
        prediction: expect.objectContaining({ score: expect.any(Number), amount: 5 }),
        truth: 1,
        features: Float32Array.from([5, 1, 5]),
        modelVersion: "model-1",
        pipelineVersion: "1",
        storedAt: clock.now(),
      }),
    ]);
  });

  it("seen again stores nothing twice and says so", async () => {
    const { process, storedIds } = bench();
    await process(delivery(events(3)));

    const again = await process(delivery(events(4), { attempt: 2 }));

    expect(again).toMatchObject({ stored: 1, duplicates: 3, messages: ["done", "done", "done", "done"] });
    expect(storedIds()).toHaveLength(4);
  });

  it("tells the time of each stage, and from packing to done", async () => {
    const { process, clock, told } = bench({
      infer: async (features) => {
        clock.block(7);
        return alarming(features);
      },
      write: async (rows, store) => {
        clock.block(11);
        return store(rows);
      },
      publish: async () => {
        clock.block(13);
        return [];
      },
      put: async (letters, put) => {
        clock.block(17);
        return put(letters);
      },
    });

    await process(delivery([encodeEnvelope([JSON.stringify(event(1)), "{"], clock.now() - 100)]));

    expect(told.at(-1)).toMatchObject({
      stages: { decode: 0, infer: 7, store: 11, actions: 13, deadletter: 17 },
      totalMs: 48,
      endToEndMs: 148,
    });
  });
});

describe("a record's own fault", () => {
  it.each([
    ["a row that the model refuses", REFUSED_AMOUNT, "model-input", "infer"],
    ["a row that the model answers with NaN", NAN_AMOUNT, "model-output", "infer"],
  ])("%s is dead-lettered wherever it stands, and its neighbors are stored", async (_, amount, code, stage) => {
    for (let position = 0; position < 7; position++) {
      const { process, storedIds, letters } = bench();
      const batch = events(7).map((of, i) => (i === position ? { ...of, amount } : of));

      const outcome = await process(delivery(batch));

      expect(outcome).toMatchObject({ stored: 6, deadLettered: 1, reasons: { [code]: 1 }, firstRetry: -1 });
      expect(letters()).toMatchObject([{ code, stage, key: `k${position % 3}`, eventId: `e${position}` }]);
      expect(Buffer.from(letters()[0]!.body).toString()).toBe(JSON.stringify(batch[position]));
      expect(storedIds()).toHaveLength(6);
    }
  });

  it("a row that the store refuses is dead-lettered with its key and id", async () => {
    const { process, letters } = bench({
      write: async (rows, store) => {
        const { duplicates } = await store(rows);
        return { duplicates, failures: [{ index: 1, error: failure("store-rejected") }] };
      },
    });

    const outcome = await process(delivery(events(3)));

    expect(outcome).toMatchObject({ stored: 2, deadLettered: 1, reasons: { "store-rejected": 1 } });
    expect(letters()).toMatchObject([{ key: "k1", eventId: "e1", code: "store-rejected", position: { offset: "1" } }]);
  });

  it("an action that will never be taken is dead-lettered", async () => {
    const { process, letters } = bench({
      infer: alarming,
      publish: async (actions) =>
        actions.flatMap(({ eventId }, index) => (eventId === "e1" ? [{ index, error: failure("oversize") }] : [])),
    });

    const outcome = await process(delivery(events(3)));

    expect(outcome).toMatchObject({ messages: ["done", "done", "done"], stored: 2, deadLettered: 1 });
    expect(letters()).toMatchObject([{ eventId: "e1", code: "oversize" }]);
  });
});
