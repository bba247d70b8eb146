import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { unzipSync } from "fflate";
import { zipFolder } from "../../../../infra/azure/zip";

const FILES: [name: string, text: string][] = [
  ["host.json", "{}"],
  ["function/index.mjs", "export {};"],
  ["function/model/model.onnx", "weights"],
];

describe("the package of a function app", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "zip-"));
  });

  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it("holds all files of the folder, below the folder", () => {
    const { file } = zipFolder(folderOf("one", FILES));

    const found = Object.entries(unzipSync(readFileSync(file))).map(([name, body]) => [
      name,
      String(Buffer.from(body)),
    ]);
    expect(found.toSorted()).toEqual(FILES.toSorted());
  });

  it("has the same bytes wherever and whenever it is made", () => {
    const one = zipFolder(folderOf("one", FILES));
    const folder = folderOf("other", FILES.toReversed());
    utimesSync(path.join(folder, "host.json"), 1_000_000, 1_000_000);

    const other = zipFolder(folder);

    expect(readFileSync(other.file).equals(readFileSync(one.file))).toBe(true);
    expect(other.sha256).toBe(one.sha256);
  });

  it("is another one where a byte is another one", () => {
    const one = zipFolder(folderOf("one", FILES));
    const other = zipFolder(folderOf("other", [...FILES.slice(1), ["host.json", "[]"]]));

    expect(other.sha256).not.toBe(one.sha256);
  });

  it("lets everybody read its files, or the host on Linux finds no function", () => {
    const { file } = zipFolder(folderOf("one", FILES));

    const entries = centralEntries(readFileSync(file));
    expect(entries).toHaveLength(FILES.length);
    for (const { madeBy, mode } of entries) expect([madeBy, mode.toString(8)]).toEqual([3, "100644"]);
  });

  it("is not made again where it is there already", () => {
    const folder = folderOf("one", FILES);
    const { file } = zipFolder(folder);
    utimesSync(file, 1_000_000, 1_000_000);

    zipFolder(folder);

    expect(statSync(file).mtimeMs).toBe(1_000_000_000);
  });

  function folderOf(name: string, files: [name: string, text: string][]): string {
    const folder = path.join(root, name);
    for (const [file, text] of files) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    }
    return folder;
  }
});

/** Entries of a zip's directory: APPNOTE.TXT 4.3.12. */
function centralEntries(zip: Buffer): { madeBy: number; mode: number }[] {
  const entries = [];
  for (let at = zip.indexOf("PK\u0001\u0002"); at >= 0; at = zip.indexOf("PK\u0001\u0002", at + 4))
    entries.push({ madeBy: zip.readUInt8(at + 5), mode: zip.readUInt32LE(at + 38) >>> 16 });
  return entries;
}
