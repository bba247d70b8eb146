import { describe, expect, it } from "@jest/globals";
import { microBatched } from "../../../shared/batcher";
import { ConfigError, SluiceError } from "../../../shared/errors";
import { answer, echoed as echo, rows, batcherSetting as setting } from "../../support/batcher";
import { settled } from "../../support/manual-clock";
import { raise } from "../../support/promises";

const refused = new SluiceError("model-input", "infer", "A row is out of range.");

describe("a micro-batcher", () => {
  it("sends a call at once while the model is idle: nobody waits for company", () => {
    const { infer, calls, sizes } = setting({ maxInFlight: 2 });
    const features = rows(3);

    void infer.infer(features);
    void infer.infer(rows(1));

    expect(sizes()).toEqual([3, 1]);
    expect(calls[0]?.features).toBe(features);
  });

  it("joins what gathers behind a busy model, and gives each caller its own rows", async () => {
    const { infer, calls, sizes } = setting();
    const results = [infer.infer(rows(1, 100)), infer.infer(rows(2, 200)), infer.infer(rows(3, 300))];

    answer(calls[0]!);
    await settled();
    expect(sizes()).toEqual([1, 5]);
    answer(calls[1]!);

    const [first, second, third] = await Promise.all(results);
    expect([...calls[1]!.features.data]).toEqual([200, 0, 201, 0, 300, 0, 301, 0, 302, 0]);
    expect(calls[1]!.features.width).toBe(2);
    expect(first).toEqual(echo(rows(1, 100)));
    expect(second).toEqual(echo(rows(2, 200)));
    expect(third).toEqual(echo(rows(3, 300)));
  });

  it("keeps as many calls under way as it is told, and no more", async () => {
    const { infer, calls, sizes } = setting({ maxInFlight: 2 });
    for (let i = 0; i < 6; i++) void infer.infer(rows(1, i));

    expect(sizes()).toEqual([1, 1]);
    answer(calls[0]!);
    await settled();

    expect(sizes()).toEqual([1, 1, 4]);
  });

  it.each([
    ["its own limit", { maxRows: 4 }],
    ["the model's limit", { maxRows: 100, modelMaxRows: 4 }],
    ["the model's limit alone", { modelMaxRows: 4 }],
  ])("joins no more rows than %s, in the order they came", async (_, limits) => {
    const { infer, calls, sizes } = setting(limits);
    for (const count of [1, 2, 2, 1, 1]) void infer.infer(rows(count));

    for (let i = 0; i < 3; i++) {
      answer(calls[i]!);
      await settled();
    }

    expect(sizes()).toEqual([1, 4, 2]);
  });

  it("sends a call that is larger than the limit by itself", async () => {
    const { infer, calls, sizes } = setting({ maxRows: 4 });
    for (const count of [1, 9, 1]) void infer.infer(rows(count));

    answer(calls[0]!);
    await settled();
    answer(calls[1]!);
    await settled();

    expect(sizes()).toEqual([1, 9, 1]);
  });

  it("repeats a joined call that blames its rows call by call: nobody fails for another's row", async () => {
    const { infer, calls, sizes } = setting();
    const results = [0, 100, 200, 300].map((first) => infer.infer(rows(2, first)));
    const states = Promise.allSettled(results);

    answer(calls[0]!);
    await settled();
    calls[1]!.answer.fail(refused);
    await settled();
    for (let i = 2; i < 5; i++) {
      if (calls[i]!.features.data[0] === 200) calls[i]!.answer.fail(refused);
      else answer(calls[i]!);
      await settled();
    }

    expect(sizes()).toEqual([2, 6, 2, 2, 2]);
    expect((await states).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    await expect(results[2]).rejects.toBe(refused);
    expect(await results[3]).toEqual(echo(rows(2, 300)));
  });

  it("does not repeat a call of one caller", async () => {
    const { infer, calls, sizes } = setting();
    const result = infer.infer(rows(2));

    calls[0]!.answer.fail(refused);

    await expect(result).rejects.toBe(refused);
    expect(sizes()).toEqual([2]);
  });

  it.each([
    ["an outage", new SluiceError("unavailable", "infer", "x")],
    ["a mistake of the set-up", new ConfigError("a", "b", "c")],
    ["something unknown", new TypeError("x")],
  ])("hands %s to every caller of the joined call, and goes on", async (_, failure) => {
    const { infer, calls, sizes } = setting();
    const results = [infer.infer(rows(1)), infer.infer(rows(1)), infer.infer(rows(1))];
    const states = Promise.allSettled(results);

    answer(calls[0]!);
    await settled();
    calls[1]!.answer.fail(failure);

    expect(await states).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: failure },
      { status: "rejected", reason: failure },
    ]);
    void infer.infer(rows(5));
    await settled();
    expect(sizes()).toEqual([1, 2, 5]);
  });

  it.each([
    ["too few rows", -1],
    ["too many rows", 1],
  ])("never cuts up an answer of %s: its rows may be anybody's", async (_, more) => {
    const { infer, calls } = setting();
    const results = [infer.infer(rows(1)), infer.infer(rows(2, 100)), infer.infer(rows(2, 200))];
    answer(calls[0]!);
    await settled();

    const wrong = calls[1]!.features.rows + more;
    calls[1]!.answer.open(echo({ ...calls[1]!.features, rows: wrong, data: new Float32Array(wrong * 2) }));
    await settled();
    for (const call of calls.slice(2)) answer(call);
    await settled();
    for (const call of calls.slice(3)) answer(call);

    expect(await results[1]).toEqual(echo(rows(2, 100)));
    expect(await results[2]).toEqual(echo(rows(2, 200)));
  });

  it("answers when the model throws before it has a promise", async () => {
    const { model } = setting();
    const failure = new Error("sync");
    const infer = microBatched({ ...model, infer: () => raise(failure) }, { maxInFlight: 1 });

    await expect(infer.infer(rows(1))).rejects.toBe(failure);
    await expect(infer.infer(rows(1))).rejects.toBe(failure);
  });

  it("leaves the answer to a call of one caller to the caller, whatever its shape", async () => {
    const { infer, calls } = setting();
    const wrong = echo(rows(3));
    const result = infer.infer(rows(1));

    calls[0]!.answer.open(wrong);

    expect(await result).toBe(wrong);
  });

  it("hands warm-up, capabilities and close through", async () => {
    const { infer, model } = setting();

    expect(infer.capabilities).toEqual(model.capabilities);
    expect(await infer.warmUp()).toEqual(await model.warmUp());
    await infer.close();
  });
});
