import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { findCli } from "../../engine/cli";

const own = { PATH: process.env["PATH"], SLUICE_ENGINE_CACHE: process.env["SLUICE_ENGINE_CACHE"] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "sluice-cli-"));
  process.env["PATH"] = folder;
  process.env["SLUICE_ENGINE_CACHE"] = path.join(folder, "cache");
});
afterEach(() => {
  Object.assign(process.env, own);
  if (own.SLUICE_ENGINE_CACHE === undefined) delete process.env["SLUICE_ENGINE_CACHE"];
  rmSync(folder, { recursive: true, force: true });
});

describe("the CLI", () => {
  it("on PATH is used when it is new enough", async () => {
    put("pulumi", "v3.259.0");

    const found = await findCli(() => {});

    expect(found).toEqual({ path: path.join(folder, "pulumi"), version: "v3.259.0", origin: "PATH" });
  });

  it("on PATH is passed over when it is too old, and that is said", async () => {
    put("pulumi", "v3.199.9");
    const lines: string[] = [];

    await expect(findCli((line) => lines.push(line))).rejects.toThrow();

    expect(lines).toEqual([`${path.join(folder, "pulumi")} is v3.199.9, older than 3.200: not used`]);
  });

  it("that cannot be had ends with what to install", async () => {
    await expect(findCli(() => {})).rejects.toThrow(/put `pulumi` on PATH.*or install Go 1\.26 or newer/);
  });

  it("that Go cannot build ends with what Go said", async () => {
    put("go", "no such toolchain", 1);

    await expect(findCli(() => {})).rejects.toThrow(/Go could not build Pulumi v[\d.]+: no such toolchain/);
  });
});

function put(name: string, text: string, code = 0): void {
  const file = path.join(folder, name);
  const stream = code === 0 ? 1 : 2;
  writeFileSync(file, `#!/bin/sh\necho '${text}' >&${stream}\nexit ${code}\n`);
  chmodSync(file, 0o755);
}
