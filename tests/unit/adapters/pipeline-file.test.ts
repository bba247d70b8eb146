import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { EXAMPLE, loadPipeline } from "../../../adapters/pipeline-file";
import type { ConfigError } from "../../../shared/errors";
import { hash53 } from "../../../shared/hash";
import { scratch } from "../../support/cli";

const directory = scratch();
const RECORDS = path.resolve(__dirname, "..", "..", "support", "records.ts");

describe("loading a pipeline", () => {
  it("takes the card-fraud example if none is named, with its generator and its model", () => {
    const { pipeline, file, modelFile, generate } = loadPipeline();

    expect(pipeline.name).toBe("card-fraud");
    expect(file).toBe(EXAMPLE);
    expect(modelFile).toBe(path.join(path.dirname(EXAMPLE), "model.onnx"));
    expect([...(generate?.({ seed: 1, count: 3 }) ?? [])]).toHaveLength(3);
  });

  it("uses another model if one is named, relative to the working directory", () => {
    const { pipeline, modelFile } = loadPipeline({ model: "other.onnx" });

    expect(modelFile).toBe(path.resolve("other.onnx"));
    expect(pipeline.model.file).toBe(modelFile);
  });

  it.each([
    ["default", "module.exports = { default: pipeline, pipeline: 1 };"],
    ["default", "module.exports = pipeline;"],
    ["default", "module.exports = { default: pipeline, pipeline };"],
    ["pipeline", "module.exports = { default: 1, pipeline };"],
    ["pipeline", "module.exports = { pipeline };"],
  ])("says that the file exports it as %s: %s", (exportedAs, exporting) => {
    const file = path.join(directory, `${hash53(exporting)}.cjs`);
    writeFileSync(file, `const { testPipeline: pipeline } = require(${JSON.stringify(RECORDS)});\n${exporting}`);

    const loaded = loadPipeline({ file });

    expect([loaded.exportedAs, loaded.pipeline.name]).toEqual([exportedAs, "test-pipeline"]);
  });

  it.each([
    ["none.ts", undefined, "there is no such file"],
    ["text.md", "# hello", "this is no program"],
    ["nothing.cjs", "module.exports = { other: 1 };", "it exports no pipeline"],
    ["empty.cjs", "module.exports = undefined;", "it exports no pipeline"],
    [
      "lookalike.cjs",
      'module.exports = { name: "x", featureNames: [], predictionNames: [] };',
      "it exports no pipeline",
    ],
    ["throws.cjs", 'throw new TypeError("no luck");', "it failed while it was loaded: TypeError: no luck"],
    ["broken.mjs", "export default {\n  a: ;\n};", 'it does not compile: Unexpected ";"'],
  ])("says in one line what is wrong with %s", (name, content, message) => {
    const file = path.join(directory, name);
    if (content !== undefined) writeFileSync(file, content);

    const error = mistake(file);

    expect(error.message).toContain(message);
    expect(error.message).not.toContain("\n");
    expect(error.fix).not.toBe("");
  });

  it("names the line that does not compile", () => {
    const file = path.join(directory, "line.mjs");
    writeFileSync(file, "const a = 1;\nexport default {\n  a: ;\n};");

    const error = mistake(file);

    expect(error.what).toContain("line.mjs:3:6: a: ;");
  });

  it("passes on what definePipeline says is wrong", () => {
    const file = path.join(directory, "bad-name.cjs");
    const shared = path.resolve(__dirname, "..", "..", "..", "shared", "index.ts");
    writeFileSync(file, `require(${JSON.stringify(shared)}).definePipeline({ name: "Bad Name" });`);

    const error = mistake(file);

    expect(error.message).toContain('"Bad Name" is not a name');
  });

  it("refuses a directory", () => {
    mkdirSync(path.join(directory, "folder.ts"));

    const error = mistake(path.join(directory, "folder.ts"));

    expect(error.message).toContain("this is a directory");
  });
});

function mistake(file: string): ConfigError {
  try {
    loadPipeline({ file });
  } catch (thrown) {
    expect(thrown).toHaveProperty("name", "ConfigError");
    return thrown as ConfigError;
  }
  throw new Error("it was loaded");
}
