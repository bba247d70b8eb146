/** @jest-environment ./tests/support/native-environment.cjs */
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import type { ModelOutputs } from "sluice";
import { openSessions } from "../../../adapters/onnx/session";
import { closeAll, expectClose, inferWith, listed, matrix, sigmoid, softmax } from "../../support/onnx";

afterEach(closeAll);

describe("what a model answers", () => {
  it("equals the numbers computed by hand", async () => {
    const infer = inferWith("linear");

    const output = await infer.infer(matrix([1, 2, 4, 0.5], [0, 0, 0, 0], [-2, 4, 0, 1]));

    expect(output["score"]?.width).toBe(1);
    expectClose(output["score"]?.data, [sigmoid(0.5), sigmoid(-0.5), sigmoid(-1.5)]);
  });

  it("reads no further than the rows of a longer, reused matrix", async () => {
    const infer = inferWith("linear");
    const data = Float32Array.of(1, 2, 4, 0.5, 9, 9, 9, 9);

    const output = await infer.infer({ rows: 1, width: 4, data });

    expectClose(output["score"]?.data, [sigmoid(0.5)]);
  });

  it("reads a matrix that is itself a view into a larger buffer", async () => {
    const infer = inferWith("linear");
    const data = Float32Array.of(9, 9, 1, 2, 4, 0.5).subarray(2);

    const output = await infer.infer({ rows: 1, width: 4, data });

    expectClose(output["score"]?.data, [sigmoid(0.5)]);
  });

  it("is every declared output of a multi-class model, the 64-bit labels as numbers", async () => {
    const infer = inferWith("two-outputs", { outputs: { label: { width: 1 }, probabilities: { width: 3 } } });

    const output = await infer.infer(matrix([3, 1, 0, 0], [0, 2, 0.5, 0.5]));

    const [a, b] = [softmax(3, 1, 0), softmax(0, 2, 1)];
    expect(output["label"]).toEqual({ width: 1, data: Int32Array.of(0, 1) });
    expect(output["probabilities"]?.width).toBe(3);
    expectClose(output["probabilities"]?.data, [...a, ...b]);
  });

  it("leaves out outputs that the pipeline does not declare", async () => {
    const infer = inferWith("two-outputs", { outputs: { label: { width: 1 } } });

    const output = await infer.infer(matrix([0, 0, 5, 0]));

    expect(output).toEqual({ label: { width: 1, data: Int32Array.of(2) } });
  });

  it("holds class labels that are strings as strings", async () => {
    const outputs: ModelOutputs = { label: { width: 1, type: "string" }, probabilities: { width: 3 } };
    const infer = inferWith("string-labels", { outputs });

    const output = await infer.infer(matrix([9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 9, 9]));

    expect(output["label"]?.data).toEqual(["cold", "warm", "hot"]);
  });

  it("is the same from a model that takes and gives doubles", async () => {
    const infer = inferWith("float64-input");

    const output = await infer.infer(matrix([1, 2, 4, 0.5]));

    expect(output["score"]?.data).toBeInstanceOf(Float64Array);
    expectClose(output["score"]?.data, [sigmoid(0.5)], 15);
  });

  it("has width 1 where the model gives one dimension", async () => {
    const infer = inferWith("flat-score");

    const output = await infer.infer(matrix([1, 2, 4, 0.5], [0, 0, 0, 0]));

    expect(output["score"]?.width).toBe(1);
    expectClose(output["score"]?.data, [sigmoid(0.5), sigmoid(-0.5)]);
  });

  it("is flattened row by row where the model gives more than two dimensions", async () => {
    const infer = inferWith("planes", { outputs: { planes: { width: 4 } } });

    const output = await infer.infer(matrix([1, 2, 3, 4], [5, 6, 7, 8]));

    expect(output["planes"]).toEqual({ width: 4, data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
  });

  it("is read from a model that states no shape", async () => {
    const infer = inferWith("open-shape");

    const output = await infer.infer(matrix([1, 2, 4, 0.5]));

    expectClose(output["score"]?.data, [sigmoid(0.5)]);
  });

  it("is read from the tensor output of a classifier whose other output is a ZipMap", async () => {
    const infer = inferWith("zipmap", { outputs: { output_label: { width: 1 } } });

    const output = await infer.infer(matrix([0, 1, 0, 1], [1, 0, 1, 0]));

    expect(output["output_label"]?.data).toEqual(Int32Array.of(1, 0));
  });

  it("comes in every number type of ONNX", async () => {
    const names = ["float", "double", "int64", "int32", "int16", "uint8", "uint32", "uint64", "bool"];
    const outputs = Object.fromEntries(names.map((name) => [name, { width: 1 }]));
    const infer = inferWith("types", { features: 1, outputs });

    const output = await infer.infer({ rows: 2, width: 1, data: Float32Array.of(7, 0) });

    for (const name of names) expect(listed(output[name])).toEqual([name === "bool" ? 1 : 7, 0]);
  });

  it("is empty for no rows, without loading the model", async () => {
    const infer = inferWith("missing", { outputs: { label: { width: 1, type: "string" }, score: { width: 2 } } });

    const output = await infer.infer({ rows: 0, width: 4, data: new Float32Array(0) });

    expect(output).toEqual({ label: { width: 1, data: [] }, score: { width: 2, data: new Float32Array(0) } });
  });

  it("passes NaN and infinity on, for the engine to judge row by row", async () => {
    const infer = inferWith("log");

    const output = await infer.infer(matrix([-1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]));

    expect(listed(output["score"])).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, 0]);
  });

  it("comes from one run, whatever the number of rows", async () => {
    const infer = inferWith("linear");
    const run = jest.spyOn(await infer.client(), "run");

    await infer.infer({ rows: 500, width: 4, data: new Float32Array(2000) });

    expect(run).toHaveBeenCalledTimes(1);
    run.mockRestore();
  });

  it("is not mixed up between calls that overlap", async () => {
    const infer = inferWith("linear");
    const inputs = [0, 1, 2, 3, 4];

    const outputs = await Promise.all(inputs.map((a) => infer.infer(matrix([a, 0, 0, 0]))));

    const scores = outputs.map((output) => output["score"]!.data[0]!);
    expectClose(
      scores,
      inputs.map((a) => sigmoid(0.5 * a - 0.5)),
    );
  });
});

describe("cancellation and closing", () => {
  it("does not start a run for a call that is cancelled already", async () => {
    const infer = inferWith("linear");
    const run = jest.spyOn(await infer.client(), "run");

    const answer = infer.infer(matrix([0, 0, 0, 0]), { signal: AbortSignal.abort() });

    await expect(answer).rejects.toMatchObject({ code: "cancelled", retryable: true });
    expect(run).not.toHaveBeenCalled();
    run.mockRestore();
  });

  it("does not load a model for a warm-up that is cancelled already", async () => {
    const infer = inferWith("missing");

    const info = infer.warmUp({ signal: AbortSignal.abort() });

    await expect(info).rejects.toMatchObject({ code: "cancelled" });
  });

  it("lets a run in flight finish", async () => {
    const infer = inferWith("linear");
    await infer.warmUp();

    const answer = infer.infer(matrix([1, 2, 4, 0.5]));
    await infer.close();

    expectClose((await answer)["score"]?.data, [sigmoid(0.5)]);
  });

  it("refuses calls after it, as cancelled", async () => {
    const infer = inferWith("linear");
    await infer.close();

    const answer = infer.infer(matrix([0, 0, 0, 0]));

    await expect(answer).rejects.toMatchObject({ code: "cancelled" });
  });

  it("frees a model that is still being loaded", async () => {
    const infer = inferWith("linear");
    const info = infer.warmUp().catch((thrown: unknown) => thrown);

    await infer.close();

    expect(await info).toMatchObject({ code: "cancelled" });
    expect(openSessions()).toBe(0);
  });

  it("may be closed twice, and before the first use", async () => {
    const infer = inferWith("linear");

    await infer.close();
    await infer.close();

    expect(openSessions()).toBe(0);
  });
});
