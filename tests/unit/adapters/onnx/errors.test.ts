/** @jest-environment ./tests/support/native-environment.cjs */
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { SluiceError } from "sluice";
import { runError } from "../../../../adapters/onnx/errors";
import { modelPath } from "../../../support/models";
import { closeAll, expectClose, inferWith, matrix, mistake } from "../../../support/onnx";

const scratch = mkdtempSync(path.join(os.tmpdir(), "sluice-onnx-"));

afterEach(closeAll);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("a call that fails", () => {
  it("blames the rows if the answer has another number of rows", async () => {
    const infer = inferWith("drops-rows", { outputs: { score: { width: 4 } } });

    const answer = infer.infer(matrix([1, 1, 1, 1], [6, 1, 1, 1]));

    await expect(answer).rejects.toMatchObject({ code: "model-output", stage: "infer", retryable: false });
  });

  it("blames the rows if the model refuses their values, without quoting them", async () => {
    const infer = inferWith("lookup");

    const error = await infer.infer(matrix([4321, 0, 0, 0])).catch((thrown: unknown) => thrown as SluiceError);

    expect(error).toMatchObject({
      code: "model-input",
      message: "The model refuses these features in its Gather operator.",
    });
  });

  it("leaves the model able to predict the next rows", async () => {
    const infer = inferWith("lookup");
    await expect(infer.infer(matrix([7, 0, 0, 0]))).rejects.toThrow(SluiceError);

    const output = await infer.infer(matrix([2, 0, 0, 0]));

    expectClose(output["score"]?.data, [0.3]);
  });

  it("may be repeated if memory ran out", async () => {
    const infer = inferWith("hungry");

    const answer = infer.infer(matrix([50, 0, 0, 0]));

    await expect(answer).rejects.toMatchObject({ code: "unavailable", retryable: true });
  });

  it("blames the rows if they have another width than the pipeline", async () => {
    const infer = inferWith("linear");

    const answer = infer.infer({ rows: 1, width: 3, data: new Float32Array(3) });

    await expect(answer).rejects.toMatchObject({ code: "model-input" });
  });

  it.each([
    [
      "Got invalid dimensions for input: features for the following indices\n index: 1 Got: 8 Expected: 4",
      "model-input",
    ],
    ["Invalid rank for input: features Got: 2 Expected: 1", "model-input"],
    ["Unexpected input data type. Actual: (tensor(float)) , expected: (tensor(double))", "model-input"],
    [
      "Non-zero status code returned while running Gemm node. Status Message: GEMM: Dimension mismatch, W: {4,1}",
      "model-input",
    ],
    ["The input tensor cannot be reshaped to the requested shape. Input shape:{3}", "model-input"],
    ["bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 3999999983616", "unavailable"],
    ["std::bad_alloc", "unavailable"],
    ["Array buffer allocation failed", "unavailable"],
    ["Non-zero status code returned while running Scan node. Status Message: something else", "internal"],
  ])("is classified by what onnxruntime says: %s", (text, code) => {
    const error = runError(new Error(text));

    expect(error.code).toBe(code);
  });
});

describe("a file that is no model is a mistake with a remedy", () => {
  it.each<[string, string | Buffer, string, string]>([
    ["an empty file", "", "the file is empty", "Export the model again"],
    ["a text file", "hello\n", "this is a text file", "Name the .onnx file"],
    ["a JSON model", '{"learner":{"attributes":{}}}', "this is a text file", "onnxmltools"],
    [
      "a picture",
      Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
      "not an ONNX file",
      "Name the exported .onnx file",
    ],
    ["a pickle", Buffer.from("80049595000000000000008c1e736b6c", "hex"), "Python pickle or joblib", "skl2onnx"],
    ["a compressed joblib file", Buffer.from("789c6b60990a", "hex"), "Python pickle or joblib", "FloatTensorType"],
    ["a PyTorch archive", Buffer.from("504b03040000080800000000", "hex"), "a zip archive", "torch.onnx.export"],
    ["a Keras HDF5 file", Buffer.from("894844460d0a1a0a00", "hex"), "an HDF5 file", "tf2onnx"],
    ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer", "git lfs pull"],
    ["zeros", Buffer.alloc(200), "not an ONNX file", "Name the exported .onnx file"],
  ])("%s", async (name, content, what, fix) => {
    const file = path.join(scratch, `${name}.onnx`);
    await writeFile(file, content);

    const error = await mistake(inferWith(file));

    expect(error.what).toContain(what);
    expect(error.fix).toContain(fix);
    expect(error.where).toBe(`model file ${file}`);
  });

  it("a missing file", async () => {
    const error = await mistake(inferWith("missing"));

    expect(error.what).toBe("there is no such file.");
    expect(error.where).toBe(`model file ${modelPath("missing")}`);
    expect(error.fix).toContain("relative to the pipeline file");
  });

  it("a path that goes through a file", async () => {
    const error = await mistake(inferWith(path.join(modelPath("linear"), "model.onnx")));

    expect(error.what).toBe("there is no such file.");
  });

  it("a directory", async () => {
    const directory = path.join(scratch, "folder.onnx");
    await mkdir(directory);

    const error = await mistake(inferWith(directory));

    expect(error.what).toBe("this is a directory.");
  });

  it("a file that is too large for one ONNX file", async () => {
    const file = path.join(scratch, "sparse.onnx");
    await writeFile(file, "");
    await truncate(file, 3 * 2 ** 30);

    const error = await mistake(inferWith(file));

    expect(error.what).toContain("over 2 GiB");
  });

  it.each([0.05, 0.5, 0.9, 0.99])("a file cut off after %d of its length", async (part) => {
    const whole = await readFile(modelPath("linear"));
    const file = path.join(scratch, `cut-${part}.onnx`);
    await writeFile(file, whole.subarray(0, Math.floor(whole.length * part)));

    const error = await mistake(inferWith(file));

    expect(error.what).toMatch(/the ONNX file is truncated or damaged \(\d+ bytes\)\./);
  });

  it.each([
    ["future-opset", "uses opset 999 of ai.onnx, and this runtime knows up to", "target_opset"],
    ["future-ir", "has ONNX IR version 999, and this runtime reads up to", "update onnxruntime-node"],
    ["custom-operator", "the operator com.example:Secret", "standard ONNX operators"],
    ["external-weights", "keeps its weights in a second file", "save_as_external_data=False"],
  ])("a model that this runtime does not load: %s", async (name, what, fix) => {
    const error = await mistake(inferWith(name));

    expect(error.what).toContain(what);
    expect(error.fix).toContain(fix);
  });
});
