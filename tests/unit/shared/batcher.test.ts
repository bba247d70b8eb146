import { describe, expect, it } from "@jest/globals";
import { microBatched } from "../../../shared/batcher";
import { ConfigError, SluiceError } from "../../../shared/errors";
import type { FeatureMatrix, ModelOutput } from "../../../shared/matrix";
import { settled } from "../../support/manual-clock";
import { memoryInfer } from "../../support/memory";
import { type Gate, gate, raise } from "../../support/unit";

interface Call {
  features: FeatureMatrix;
  answer: Gate<ModelOutput>;
}

/** A batcher on a model that answers when the test says so. */
function setting({
  maxInFlight = 1,
  maxRows,
  modelMaxRows = 1_000,
}: {
  maxInFlight?: number;
  maxRows?: number;
  modelMaxRows?: number;
} = {}) {
  const calls: Call[] = [];
  const model = memoryInfer({ width: 2, capabilities: { maxRows: modelMaxRows } });
  const infer = microBatched(
    {
      ...model,
      infer: (features) => {
        const answer = gate<ModelOutput>();
        calls.push({ features, answer });
        return answer.promise;
      },
    },
    { maxInFlight, ...(maxRows === undefined ? {} : { maxRows }) },
  );
  return { calls, infer, model, sizes: () => calls.map(({ features }) => features.rows) };
}

/** Rows whose first feature counts from `first`; the buffer is longer than the rows, as the engine's is. */
function rows(count: number, first = 0): FeatureMatrix {
  const data = new Float32Array(count * 2 + 7).fill(-1);
  for (let i = 0; i < count; i++) data.set([first + i, 0], i * 2);
  return { rows: count, width: 2, data };
}

/** What an honest model answers: the first feature back, and its name. */
function echo({ rows, data }: FeatureMatrix): ModelOutput {
  const firsts = Array.from({ length: rows }, (_, row) => data[row * 2]!);
  return {
    score: { width: 2, data: Float32Array.from(firsts.flatMap((first) => [first, -first])) },
    label: { width: 1, data: firsts.map((first) => `r${first}`) },
  };
}

const answer = ({ features, answer: { open } }: Call) => open(echo(features));
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

  it("hands warm-up, capabilities and close through", async () => {
    const { infer, model } = setting();

    expect(infer.capabilities).toEqual(model.capabilities);
    expect(await infer.warmUp()).toEqual(await model.warmUp());
    await infer.close();
  });
});

describe("a caller that gives up", () => {
  it("is answered at once and leaves the queue", async () => {
    const { infer, calls, sizes } = setting();
    const host = new AbortController();
    void infer.infer(rows(1));
    const waiting = infer.infer(rows(2, 100), { signal: host.signal });
    const other = infer.infer(rows(3, 200));

    host.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled", stage: "infer" });
    answer(calls[0]!);
    await settled();
    answer(calls[1]!);

    expect(sizes()).toEqual([1, 3]);
    expect(await other).toEqual(echo(rows(3, 200)));
  });

  it("before it called is answered without a call", async () => {
    const { infer, calls } = setting();

    const result = infer.infer(rows(1), { signal: AbortSignal.abort() });

    await expect(result).rejects.toMatchObject({ code: "cancelled" });
    expect(calls).toEqual([]);
  });

  it("while its rows are on their way is answered at once and does not harm those who joined", async () => {
    const { infer, calls } = setting();
    const host = new AbortController();
    void infer.infer(rows(1));
    const leaver = infer.infer(rows(2, 100), { signal: host.signal });
    const stayer = infer.infer(rows(2, 200));
    answer(calls[0]!);
    await settled();

    host.abort();
    await expect(leaver).rejects.toMatchObject({ code: "cancelled" });
    answer(calls[1]!);

    expect(await stayer).toEqual(echo(rows(2, 200)));
  });

  it("after it was answered changes nothing", async () => {
    const { infer, calls } = setting();
    const host = new AbortController();
    const result = infer.infer(rows(1, 5), { signal: host.signal });
    answer(calls[0]!);

    await result;
    host.abort();

    expect(await result).toEqual(echo(rows(1, 5)));
  });
});
