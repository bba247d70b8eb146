import { describe, expect, it } from "@jest/globals";
import { keepScored, pick } from "../../../../shared/engine/score";
import { ConfigError, SluiceError } from "../../../../shared/errors";
import { raise } from "../../../support/promises";
import { event, events } from "../../../support/records";
import { amounts, codes, echo, model, notRetryable, OUT_OF_RANGE, scorer } from "../../../support/stages";
import { chunkOf } from "../../../support/unit";

describe("scoring", () => {
  it("is one call for the whole chunk", async () => {
    const { calls, call } = model(echo);

    const { predictions, refused } = await scorer().score(chunkOf(events(3)), call, notRetryable);

    expect(calls).toEqual([[0, 1, 2]]);
    expect(refused.size).toBe(0);
    expect(predictions).toMatchObject([
      { score: 0, suspicious: false, amount: 0 },
      { score: 1, suspicious: true, amount: 1 },
      { score: 2, suspicious: true, amount: 2 },
    ]);
  });

  it("is no call for no rows", async () => {
    const { calls, call } = model(echo);

    const { predictions } = await scorer().score(chunkOf([], 1), call, notRetryable);

    expect(predictions).toEqual([]);
    expect(calls).toEqual([]);
  });

  it("lets an error through that blames nobody's row", async () => {
    const outage = new SluiceError("unavailable", "infer", "x");

    for (const failure of [outage, new ConfigError("a", "b", "c"), new TypeError("x")]) {
      const { calls, call } = model(() => raise(failure));

      await expect(scorer().score(chunkOf(events(4)), call, notRetryable)).rejects.toBe(failure);
      expect(calls).toHaveLength(1);
    }
  });

  it("lets an error through that strikes in the middle of a search", async () => {
    const outage = new SluiceError("unavailable", "infer", "x");
    const { call } = model((_, n) => raise(n === 0 ? OUT_OF_RANGE : outage));

    await expect(scorer().score(chunkOf(events(4)), call, notRetryable)).rejects.toBe(outage);
  });

  it("blames whom it is told to blame", async () => {
    const unknown = new SluiceError("internal", "infer", "x");
    const { call } = model((features) => (amounts(features).includes(2) ? raise(unknown) : echo(features)));

    const { refused } = await scorer().score(chunkOf(events(4)), call, ({ code }) => code === "internal");

    expect(codes(refused)).toEqual([[2, "internal"]]);
  });
});

describe("a call that blames its rows", () => {
  const refusing = (bad: readonly number[]) =>
    model((features) =>
      amounts(features).some((amount) => bad.includes(amount)) ? raise(OUT_OF_RANGE) : echo(features),
    );

  it.each(Array.from({ length: 9 }, (_, position) => [position]))(
    "is halved until the culprit at %i of 9 stands alone",
    async (position) => {
      const { calls, call } = refusing([position]);

      const { predictions, refused } = await scorer().score(chunkOf(events(9)), call, notRetryable);

      expect([...refused]).toEqual([[position, OUT_OF_RANGE]]);
      for (const [row, { amount }] of events(9).entries())
        expect(predictions[row]).toEqual(
          row === position ? undefined : expect.objectContaining({ amount, score: amount }),
        );
      expect(calls.length).toBeLessThanOrEqual(1 + 2 * 4);
    },
  );

  it("gives up every culprit and no other row, wherever they stand", async () => {
    for (let mask = 0; mask < 64; mask++) {
      const bad = [0, 1, 2, 3, 4, 5].filter((row) => mask & (1 << row));
      const { call } = refusing(bad);

      const { predictions, refused } = await scorer().score(chunkOf(events(6)), call, notRetryable);

      expect([...refused.keys()]).toEqual(bad);
      expect([0, 1, 2, 3, 4, 5].filter((row) => predictions[row] === undefined)).toEqual(bad);
    }
  });
});

describe("keepScored", () => {
  const all = events(6).map((of, i) => ({ ...of, label: i % 2 === 0 }));

  it("leaves a chunk without refused rows as it is", () => {
    const chunk = chunkOf(all);
    const predictions = all.map(({ amount }) => ({ amount }));

    expect(keepScored(chunk, { predictions, refused: new Map() })).toBe(predictions);
    expect(chunk.count).toBe(6);
  });

  it("keeps all columns aligned, whichever rows are refused", () => {
    for (let mask = 1; mask < 64; mask++) {
      const chunk = chunkOf(all, 8);
      const bad = [0, 1, 2, 3, 4, 5].filter((row) => mask & (1 << row));
      const kept = all.filter((_, row) => !bad.includes(row));

      const predictions = keepScored(chunk, {
        predictions: all.map(({ amount }) => ({ amount })),
        refused: new Map(bad.map((row) => [row, OUT_OF_RANGE])),
      });

      expect(predictions).toEqual(kept.map(({ amount }) => ({ amount })));
      expect(chunk).toMatchObject({
        count: kept.length,
        ids: kept.map(({ id }) => id),
        keys: kept.map(({ key }) => key),
        times: kept.map(({ at }) => at),
        truths: kept.map(({ label }) => Number(label)),
        events: kept,
        eventOf: kept.map((of) => all.indexOf(of)),
      });
      expect(chunk.features.rows).toBe(kept.length);
      expect([...chunk.features.data.slice(0, kept.length * 3)]).toEqual(
        kept.flatMap(({ amount }) => [amount, 1, amount]),
      );
      expect(chunk.rejects).toEqual(
        bad.map((row) => ({ event: row, error: OUT_OF_RANGE, key: all[row]!.key, eventId: all[row]!.id })),
      );
    }
  });

  it("works without a column for the truth", () => {
    const chunk = { ...chunkOf([event(0), event(1)]), truths: undefined };

    keepScored(chunk, { predictions: [{ a: 0 }, { a: 1 }], refused: new Map([[0, OUT_OF_RANGE]]) });

    expect(chunk).toMatchObject({ ids: ["e1"], truths: undefined });
  });
});

describe("pick", () => {
  it("copies the given rows in the given order", () => {
    const features = { rows: 3, width: 2, data: Float32Array.from([0, 1, 10, 11, 20, 21, -1]) };

    const picked = pick(features, [2, 0]);

    expect(picked).toEqual({ rows: 2, width: 2, data: Float32Array.from([20, 21, 0, 1]) });
    features.data.fill(9);
    expect([...picked.data]).toEqual([20, 21, 0, 1]);
  });
});
