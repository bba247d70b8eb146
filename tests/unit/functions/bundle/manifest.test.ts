import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type Manifest, place, sha256 } from "../../../../functions/bundle/manifest";
import { scratch } from "../../../support/cli";

const DESCRIBED: Omit<Manifest, "files"> = {
  pipeline: "test",
  pipelineVersion: "1",
  inference: "endpoint",
  model: { file: "model.onnx", sha256: "00", version: "sha256:00" },
  target: { platform: "linux", arch: "arm64" },
  node: "24",
  onnxruntime: undefined,
};

/** Fills a function's folder with these files. */
function filling(files: Record<string, string>, described = DESCRIBED) {
  return async (folder: string) => {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return described;
  };
}

describe("a function's folder", () => {
  it("is named by what is in it, and lists its files with their hashes", async () => {
    const outDir = scratch();

    const { directory, manifest, hash } = await place(outDir, filling({ "b.mjs": "b", "a/c.mjs": "cc" }));

    expect(directory).toBe(path.join(outDir, hash));
    expect(manifest.files).toEqual([
      { path: "a/c.mjs", bytes: 2, sha256: sha256("cc") },
      { path: "b.mjs", bytes: 1, sha256: sha256("b") },
    ]);
    expect(JSON.parse(readFileSync(path.join(directory, "manifest.json"), "utf8"))).toEqual(manifest);
    expect(sha256(readFileSync(path.join(directory, "manifest.json")))).toMatch(new RegExp(`^${hash}`));
  });

  it.each([
    ["another content", filling({ a: "2" })],
    ["another name", filling({ b: "1" })],
    ["one more file", filling({ a: "1", b: "" })],
    ["another description", filling({ a: "1" }, { ...DESCRIBED, pipelineVersion: "2" })],
  ])("has another name with %s", async (_, fill) => {
    const outDir = scratch();

    const first = await place(outDir, filling({ a: "1" }));
    const second = await place(outDir, fill);

    expect(second.hash).not.toBe(first.hash);
    expect(readdirSync(outDir)).toHaveLength(2);
  });

  it("stays if it is there already", async () => {
    const outDir = scratch();
    const { directory } = await place(outDir, filling({ a: "1" }));
    const { ino } = statSync(directory);

    const again = await place(outDir, filling({ a: "1" }));

    expect(statSync(again.directory).ino).toBe(ino);
  });

  it("is left to one of several that make it at once", async () => {
    const outDir = scratch();

    const placed = await Promise.all(Array.from({ length: 5 }, () => place(outDir, filling({ a: "1" }))));

    expect(new Set(placed.map(({ directory }) => directory)).size).toBe(1);
    expect(readdirSync(outDir)).toEqual([placed[0]?.hash]);
  });

  it("is not there if filling it failed", async () => {
    const outDir = scratch();

    const placing = place(outDir, async (folder) => {
      writeFileSync(path.join(folder, "half"), "");
      throw new Error("no space");
    });

    await expect(placing).rejects.toThrow("no space");
    expect(readdirSync(outDir)).toEqual([]);
  });

  it("can be read by anybody, for the platform runs it as somebody else", async () => {
    const { directory } = await place(scratch(), async (folder) => {
      mkdirSync(path.join(folder, "below"), { mode: 0o700 });
      writeFileSync(path.join(folder, "below", "a"), "", { mode: 0o600 });
      chmodSync(folder, 0o700);
      return DESCRIBED;
    });

    const modes = ["", "below", "below/a", "manifest.json"].map((name) => statSync(path.join(directory, name)).mode);
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o755, 0o755, 0o644, 0o644]);
  });
});
