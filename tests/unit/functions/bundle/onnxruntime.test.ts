import { execFileSync } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isOlder, stageOnnxRuntime } from "../../../../functions/bundle/onnxruntime";
import { scratch } from "../../../support/cli";
import { modelPath } from "../../../support/models";

const HERE = { platform: process.platform as "linux" | "darwin" | "win32", arch: process.arch as "arm64" | "x64" };

describe("onnxruntime for a package", () => {
  it("is the library of one platform, and one script", () => {
    const outDir = scratch();

    const version = stageOnnxRuntime({ outDir, platform: "linux", arch: "arm64" });

    expect(version).toBe("1.30.0");
    expect(filesIn(outDir)).toEqual([
      "node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/libonnxruntime.so.1",
      "node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node",
      "node_modules/onnxruntime-node/dist/index.js",
      "node_modules/onnxruntime-node/package.json",
    ]);
  });

  it.each([
    ["an ES module", "m.mjs", 'import { InferenceSession, Tensor } from "onnxruntime-node";'],
    ["a CommonJS module", "m.cjs", 'const { InferenceSession, Tensor } = require("onnxruntime-node");'],
  ])("runs a model for %s, with nothing else installed", (_, name, imports) => {
    const outDir = scratch();
    stageOnnxRuntime({ outDir, ...HERE });
    const model = JSON.stringify(modelPath("linear"));
    const program = `${imports}
      InferenceSession.create(${model}).then(async (session) => {
        const input = new Tensor("float32", new Float32Array(4), [1, 4]);
        const output = await session.run({ [session.inputNames[0]]: input });
        console.log(Object.keys(output).length > 0);
      });`;

    const script = path.join(outDir, name);
    writeFileSync(script, program);

    const said = execFileSync(process.execPath, [script], { cwd: "/", encoding: "utf8" });

    expect(said.trim()).toBe("true");
  });

  it("is refused for a platform that it has no library for", () => {
    const staging = () => stageOnnxRuntime({ outDir: scratch(), platform: "darwin", arch: "x64" });

    expect(staging).toThrow(expect.objectContaining({ name: "ConfigError", where: "onnxruntime-node for darwin/x64" }));
  });

  it.each([
    ["1.21.0", true],
    ["1.23.1", true],
    ["0.99.9", true],
    ["1.23.2", false],
    ["1.23.2-rev.1", false],
    ["1.24.0", false],
    ["2.0.0", false],
  ])("of version %s is too old: %s", (version, tooOld) => {
    expect(isOlder(version)).toBe(tooOld);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(folder, name)).isFile())
    .sort();
}
