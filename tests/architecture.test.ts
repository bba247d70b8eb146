import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import packageJson from "../package.json";

const ROOT = path.resolve(__dirname, "..");
const CODE = ["shared", "adapters", "functions", "infra", "emulators", "cli", "examples", "tests", "bench", "tools"];
const LONGEST = 300;
const CLOUD_NAMES = /aws|gcp|azure|kinesis|pubsub|dynamo|firestore|cosmos|lambda|sagemaker|vertex/i;
/** Split, so that this file does not find itself. */
const FOCUSED = new RegExp(["\\b(?:describe|it|test)", "\\.only\\b|\\bf(?:describe|it)\\("].join(""));

const files = CODE.flatMap(filesIn).filter((file) => /\.(?:[cm]?[jt]s|py)$/.test(file));

describe("the house", () => {
  it("the core names no cloud, neither in code nor in comments", () => {
    const found = filesIn("shared").flatMap((file) =>
      lines(file).flatMap((line, i) => (CLOUD_NAMES.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    );

    expect(found).toEqual([]);
  });

  it(`no file has more than ${LONGEST} lines`, () => {
    const long = files.map((file) => [file, lines(file).length] as const).filter(([, count]) => count > LONGEST);

    expect(long).toEqual([]);
  });

  it("no test runs alone", () => {
    const focused = filesIn("tests").filter((file) => file.endsWith(".ts") && FOCUSED.test(read(file)));

    expect(focused).toEqual([]);
  });

  it("every dependency has an exact version", () => {
    const { dependencies, devDependencies } = packageJson;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(?:npm:@?[\w./-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
    );

    expect(loose).toEqual([]);
  });

  it("every port has a contract suite", () => {
    const suites = filesIn("tests/contract").map((file) => path.basename(file, ".ts"));

    expect(suites).toEqual(
      expect.arrayContaining([
        "ingest",
        "preprocess",
        "infer",
        "store",
        "deadletter",
        "actions",
        "archive",
        "pipeline",
      ]),
    );
  });

  it("an adapter's own contract file has fewer than 25 lines", () => {
    const own = filesIn("tests/contract").filter((file) => file.endsWith(".test.ts"));

    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const file of own) expect([file, lines(file).length < 25]).toEqual([file, true]);
  });
});

/** Files below a folder, relative to the root; none if there is no such folder. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(path.join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
      .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)))
      .sort();
  } catch {
    return [];
  }
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** The last line break ends the last line. */
function lines(file: string): string[] {
  return read(file).replace(/\n$/, "").split("\n");
}
