/** @jest-environment ./tests/support/native-environment.cjs */
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { modelPath } from "../../../support/models";
import { closeAll, inferWith, matrix, mistake } from "../../../support/onnx";

afterEach(closeAll);

describe("a model that does not fit the pipeline is a mistake with a remedy", () => {
  it("another input name: both are named", async () => {
    const error = await mistake(inferWith("linear", { input: "X" }));

    expect(error.what).toBe("the pipeline names the input `X`, and the model's is `features`.");
    expect(error.where).toBe(`pipeline "test", model file ${modelPath("linear")}`);
  });

  it("another number of features: both numbers and the pipeline's features are named", async () => {
    const error = await mistake(inferWith("wide", { features: 8 }));

    expect(error.what).toBe("the model takes 30 features, and the pipeline makes 8: f1, f2, f3, f4, f5, f6, f7, f8.");
  });

  it("another number of features that only the run shows", async () => {
    const error = await mistake(inferWith("open-shape", { features: 8 }));

    expect(error.what).toMatch(/^the model cannot predict a row of 8 features: .*Dimension mismatch/);
  });

  it("two inputs: they are named", async () => {
    const error = await mistake(inferWith("two-inputs"));

    expect(error.what).toContain("2 inputs (`amounts` (float32 [rows, 3]), `hours` (float32 [rows, 1]))");
    expect(error.fix).toContain("Concat");
  });

  it("integer features", async () => {
    const error = await mistake(inferWith("int64-input"));

    expect(error.what).toContain("takes int64, and features are float32");
    expect(error.fix).toContain("FloatTensorType([None, 4])");
  });

  it.each([
    ["fixed-batch", "the input `features` (float32 [1, 4]) takes a fixed number of rows, 1, and batches vary."],
    ["no-batch", "the input `features` (float32 [4]) is no table, and features come as [rows, 4]."],
  ])("no open dimension for the rows: %s", async (name, what) => {
    const error = await mistake(inferWith(name));

    expect(error.what).toBe(what);
    expect(error.fix).toContain('dynamic_axes={"features": {0: "rows"}}');
  });

  it("an output it does not have: those it has are named", async () => {
    const error = await mistake(inferWith("two-outputs", { outputs: { probability: { width: 3 } } }));

    expect(error.what).toBe(
      "the model has no output `probability`; it has `label` (int64 [rows]), `probabilities` (float32 [rows, 3]).",
    );
  });

  it.each(["output_probability", "probabilities"])("a ZipMap where %s is wanted", async (name) => {
    const error = await mistake(inferWith("zipmap", { outputs: { [name]: { width: 2 } } }));

    expect(error.fix).toContain('options={"zipmap": False}');
  });

  it("an output of another width", async () => {
    const error = await mistake(inferWith("two-outputs", { outputs: { probabilities: { width: 2 } } }));

    expect(error.what).toBe("the output `probabilities` has 3 values per row, and the pipeline declares 2.");
    expect(error.fix).toContain("probabilities: { width: 3 }");
  });

  it("numbers where strings are declared", async () => {
    const error = await mistake(inferWith("two-outputs", { outputs: { label: { width: 1, type: "string" } } }));

    expect(error.what).toBe("the output `label` holds numbers, and the pipeline declares strings.");
  });

  it("strings where numbers are declared", async () => {
    const error = await mistake(inferWith("string-labels", { outputs: { label: { width: 1 } } }));

    expect(error.what).toBe("the output `label` holds strings, and the pipeline declares numbers.");
    expect(error.fix).toContain('type: "string"');
  });

  it("an output in half precision", async () => {
    const error = await mistake(inferWith("half-output", { outputs: { score: { width: 4 } } }));

    expect(error.what).toContain("float16");
    expect(error.fix).toContain("Cast");
  });

  it("one answer for all rows together", async () => {
    const error = await mistake(inferWith("batch-mean"));

    expect(error.what).toContain("has shape [1, 1] for 2 rows of features, not [2, 1]");
  });

  it("rows and columns exchanged", async () => {
    const error = await mistake(inferWith("transposed", { outputs: { score: { width: 4 } } }));

    expect(error.what).toContain("has shape [4, 1] for 1 row of features, not [1, 4]");
  });

  it("no finite answer at all", async () => {
    const error = await mistake(inferWith("nan-always", { outputs: { score: { width: 4 } } }));

    expect(error.what).toContain("the output `score` is NaN or infinite");
  });

  it("is refused by the first prediction too, without a warm-up", async () => {
    const infer = inferWith("wide");

    const answer = infer.infer(matrix([0, 0, 0, 0]));

    await expect(answer).rejects.toThrow(ConfigError);
  });

  it.each([0, -1, 1.5, Number.NaN])("%d threads", (threads) => {
    expect(() => inferWith("linear", { threads })).toThrow(ConfigError);
  });
});
