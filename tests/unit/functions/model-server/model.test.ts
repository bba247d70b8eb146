import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { ConfigError } from "sluice";
import { openSessions } from "../../../../adapters/onnx/session";
import { type Description, findModel } from "../../../../functions/model-server/find";
import { openServedModel, type ServedModel } from "../../../../functions/model-server/model";
import { errorOf } from "../../../support/contract";
import { modelPath } from "../../../support/models";
import { listed, matrix } from "../../../support/onnx";
import { afterwards, cleanUp, modelFolder, temporaryFolder } from "./support";

afterEach(cleanUp);

describe("the model of a folder", () => {
  it("is model.onnx, whatever else is there", async () => {
    const folder = folderOf("other.onnx", "model.onnx", "sub/model.onnx", "readme.txt");

    expect((await findModel([folder])).file).toBe(path.join(folder, "model.onnx"));
  });

  it("is the only .onnx file, whatever its name", async () => {
    const folder = folderOf("fraud-v3.onnx", "labels.txt");

    expect((await findModel([folder])).file).toBe(path.join(folder, "fraud-v3.onnx"));
  });

  it("may be one folder below", async () => {
    const folder = folderOf("registered/fraud.onnx");

    expect((await findModel([folder])).file).toBe(path.join(folder, "registered/fraud.onnx"));
  });

  it("is looked for in the next folder where there is none", async () => {
    const folder = folderOf("model.onnx");

    expect((await findModel(["/nowhere", folderOf("notes.txt"), folder])).file).toBe(path.join(folder, "model.onnx"));
  });

  it("is nobody's guess among several", async () => {
    const folder = folderOf("a.onnx", "b.onnx");

    const error = await errorOf(findModel([folder]));

    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).what).toContain("there are 2 models");
  });

  it.each(["", "[", "null", '{"width": 0}', '{"width": 1.5}', '{"width": "4"}', '{"outputs": []}', '{"outputs": [1]}'])(
    "is a mistake when its model.json is %j",
    async (text) => {
      const folder = folderOf("model.onnx");
      writeFileSync(path.join(folder, "model.json"), text);

      const error = await errorOf(findModel([folder]));

      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).where).toBe(path.join(folder, "model.json"));
    },
  );
});

describe("a served model", () => {
  it("says itself how wide it is and what it puts out", async () => {
    const model = await open("two-outputs");

    const output = await model.infer(matrix([3, 1, 0, 0], [0, 0, 1, 1]));

    expect(model.info).toEqual({ version: expect.stringMatching(/^sha256:[0-9a-f]{16}$/), width: 4 });
    expect(model.outputs).toEqual(["label", "probabilities"]);
    expect(listed(output["label"])).toEqual([0, 2]);
    expect(output["probabilities"]?.width).toBe(3);
  });

  it("answers with the outputs that its model.json names, and no others", async () => {
    const model = await open("two-outputs", { outputs: ["label"] });

    expect(Object.keys(await model.infer(matrix([1, 0, 0, 0])))).toEqual(["label"]);
  });

  it("takes its width from model.json where it states none", async () => {
    const model = await open("open-shape", { width: 4 });

    expect((await model.infer(matrix([0, 0, 0, 0])))["score"]?.data).toHaveLength(1);
  });

  it("reads every number type, and widens features where it takes doubles", async () => {
    const types = await open("types");
    const doubles = await open("float64-input");

    const output = await types.infer(matrix([3]));
    const score = (await doubles.infer(matrix([1, 2, 4, 0.5])))["score"];

    expect(Object.values(output).map((column) => listed(column))).toEqual(Array(9).fill([expect.any(Number)]));
    expect(listed(score)[0]).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 6);
  });

  it("measures the width of an output of any rank", async () => {
    const model = await open("planes");

    expect((await model.infer(matrix([1, 2, 3, 4])))["planes"]).toEqual({
      width: 4,
      data: Float32Array.of(1, 2, 3, 4),
    });
  });

  it("leaves out what cannot be read", async () => {
    const model = await open("zipmap");

    expect(model.outputs).toEqual(["output_label"]);
  });

  it("serves a model that has no answer for zeros", async () => {
    expect((await open("log")).info.width).toBe(4);
  });

  it.each<[string, string, Description]>([
    ["open-shape", "does not state how many features", {}],
    ["two-inputs", "exactly one input of floats", {}],
    ["int64-input", "exactly one input of floats", {}],
    ["half-output", "no output that can be read", {}],
    ["zipmap", "no output `probabilities` that can be read", { outputs: ["probabilities"] }],
    ["linear", "no output `nothing` that can be read", { outputs: ["nothing"] }],
    ["fixed-batch", "cannot predict", {}],
    ["batch-mean", "for 2 rows", {}],
    ["transposed", "not [1, 4]", {}],
    ["nan-always", "NaN or infinite", {}],
    ["custom-operator", "operator", {}],
    ["external-weights", "second file", {}],
  ])("is refused when it is like %s: %s", async (name, reason, description) => {
    const error = await errorOf(open(name, description));

    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).what).toContain(reason);
    expect(openSessions()).toBe(0);
  });

  it("frees its memory when it is closed", async () => {
    const model = await open("linear");

    await model.close();

    expect(openSessions()).toBe(0);
  });
});

async function open(name: string, description?: Description): Promise<ServedModel> {
  const folder = modelFolder(name);
  if (description !== undefined) writeFileSync(path.join(folder, "model.json"), JSON.stringify(description));
  const model = await openServedModel([folder], 1);
  afterwards(() => model.close());
  return model;
}

/** A folder of files; those that end in .onnx are models. */
function folderOf(...files: string[]): string {
  const folder = temporaryFolder();
  for (const file of files) {
    const target = path.join(folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    if (file.endsWith(".onnx")) copyFileSync(modelPath("linear"), target);
    else writeFileSync(target, "");
  }
  return folder;
}
