/** @jest-environment ./tests/support/native-environment.cjs */
import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it, jest } from "@jest/globals";
import { ConfigError } from "sluice";
import { openSessions } from "../../../../adapters/onnx/session";
import { modelPath } from "../../../support/models";
import { closeAll, expectClose, inferWith, matrix, pipelineFor, sigmoid } from "../../../support/onnx";

const scratch = mkdtempSync(path.join(os.tmpdir(), "sluice-onnx-"));

afterEach(closeAll);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the session", () => {
  it("is shared by objects for the same content, wherever the file lies, and freed with the last of them", async () => {
    const copy = path.join(scratch, "copy.onnx");
    await copyFile(modelPath("linear"), copy);
    const [first, second] = [inferWith("linear"), inferWith(copy)];

    const same = (await first.client()) === (await second.client());
    await first.close();
    const afterFirst = openSessions();
    const output = await second.infer(matrix([1, 2, 4, 0.5]));
    await second.close();

    expect(same).toBe(true);
    expect(afterFirst).toBe(1);
    expectClose(output["score"]?.data, [sigmoid(0.5)]);
    expect(openSessions()).toBe(0);
  });

  it("is created once for calls that come at the same time", async () => {
    const infer = inferWith("linear");

    const [a, b] = await Promise.all([infer.client(), infer.client()]);

    expect(a).toBe(b);
    expect(openSessions()).toBe(1);
  });

  it("is not shared between thread counts", async () => {
    const [one, two] = [inferWith("linear"), inferWith("linear", { threads: 2 })];

    const same = (await one.client()) === (await two.client());

    expect(same).toBe(false);
  });

  it("is not kept where the model does not fit", async () => {
    const infer = inferWith("wide");

    await expect(infer.warmUp()).rejects.toThrow(ConfigError);

    expect(openSessions()).toBe(0);
  });

  it("is loaded by the next call after one that failed", async () => {
    const file = path.join(scratch, "late.onnx");
    const infer = inferWith(file);
    await expect(infer.warmUp()).rejects.toThrow("there is no such file");
    await copyFile(modelPath("linear"), file);

    const info = await infer.warmUp();

    expect(info.width).toBe(4);
  });
});

describe("the runtime", () => {
  it("that does not load on this platform is a mistake with a remedy", async () => {
    jest.resetModules();
    jest.doMock("onnxruntime-node", () => {
      throw new Error("libonnxruntime.so.1: cannot open shared object file");
    });
    const fresh = await import("../../../../adapters/onnx");

    const infer = fresh.onnxInfer({ pipeline: pipelineFor(modelPath("linear"), {}), baseDir: "/" });

    await expect(infer.warmUp()).rejects.toMatchObject({
      name: "ConfigError",
      what: `onnxruntime-node does not load on ${process.platform}/${process.arch}.`,
    });
    jest.dontMock("onnxruntime-node");
  });
});
