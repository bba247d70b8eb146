import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { extract } from "tar-stream";
import { archiveModel } from "../../../../functions/aws/archive-model";
import { scratch } from "../../../support/cli";

describe("a model for SageMaker", () => {
  it("is model.onnx in a compressed archive that is named by its content", async () => {
    const directory = scratch();
    const modelFile = model(directory, "weights");

    const { file, hash } = await archiveModel({ modelFile, outDir: path.join(directory, "out") });

    expect(file).toBe(path.join(directory, "out", `model-${hash}.tar.gz`));
    expect(await entriesOf(file)).toEqual({ "model.onnx": "weights" });
  });

  it("says what the server is told of it", async () => {
    const directory = scratch();
    const modelFile = model(directory, "weights");

    const { file } = await archiveModel({
      modelFile,
      outDir: directory,
      description: { width: 3, outputs: ["score"] },
    });

    expect((await entriesOf(file))["model.json"]).toBe('{"width":3,"outputs":["score"]}\n');
  });

  it("has the same bytes for the same model, and another name for another", async () => {
    const directory = scratch();
    const modelFile = model(directory, "weights");
    const first = await archiveModel({ modelFile, outDir: path.join(directory, "1") });
    utimesSync(modelFile, 1, 1);

    const second = await archiveModel({ modelFile, outDir: path.join(directory, "2") });
    const third = await archiveModel({ modelFile: model(directory, "others"), outDir: path.join(directory, "3") });

    expect(second.hash).toBe(first.hash);
    expect(readFileSync(second.file).equals(readFileSync(first.file))).toBe(true);
    expect(third.hash).not.toBe(first.hash);
  });

  it("must be there", async () => {
    const packing = archiveModel({ modelFile: "none.onnx", outDir: scratch() });

    await expect(packing).rejects.toMatchObject({ name: "ConfigError", where: "model file none.onnx" });
  });
});

function model(directory: string, content: string): string {
  const file = path.join(directory, "my model.onnx");
  writeFileSync(file, content);
  return file;
}

async function entriesOf(file: string): Promise<Record<string, string>> {
  const archive = extract();
  archive.end(gunzipSync(readFileSync(file)));
  const entries: Record<string, string> = {};
  for await (const entry of archive) {
    let text = "";
    for await (const chunk of entry) text += chunk;
    entries[entry.header.name] = text;
  }
  return entries;
}
