/** @jest-environment ./tests/support/native-environment.cjs */
import { mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it, jest } from "@jest/globals";
import { modelPath } from "../../../support/models";
import { closeAll, inferWith } from "../../../support/onnx";

const scratch = mkdtempSync(path.join(os.tmpdir(), "sluice-onnx-"));

afterEach(closeAll);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("warm-up", () => {
  it("reports the width and a version that only the content decides", async () => {
    const copy = path.join(scratch, "renamed.onnx");
    await copyFile(modelPath("linear"), copy);

    const info = await inferWith("linear").warmUp();
    const copied = await inferWith(copy).warmUp();
    const other = await inferWith("open-shape").warmUp();

    expect(info).toEqual({ version: expect.stringMatching(/^sha256:[0-9a-f]{16}$/), width: 4 });
    expect(copied).toEqual(info);
    expect(other.version).not.toBe(info.version);
  });

  it("makes real predictions, of one row and of two", async () => {
    const client = await inferWith("linear").client();
    const run = jest.spyOn(client, "run");

    await inferWith("linear").warmUp();

    const dims = run.mock.calls.map(([feeds]) => (feeds["features"] as { dims: readonly number[] }).dims);
    expect(dims).toEqual([
      [1, 4],
      [2, 4],
    ]);
    run.mockRestore();
  });

  it("accepts a model without a finite answer for zeros, if it has one for ones", async () => {
    const infer = inferWith("log");

    const info = await infer.warmUp();

    expect(info.width).toBe(4);
  });

  it("accepts the input name that the pipeline states", async () => {
    const infer = inferWith("linear", { input: "features" });

    const info = await infer.warmUp();

    expect(info.width).toBe(4);
  });
});
