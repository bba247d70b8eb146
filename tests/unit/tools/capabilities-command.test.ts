import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

const ROOT = path.join(__dirname, "../../..");

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "sluice-capabilities-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe("npm run capabilities -- --check", () => {
  it("exits with 1 and names the test if the contract does not hold", () => {
    const { status, stderr } = check(results("failed"));

    expect(status).toBe(1);
    expect(stderr).toContain("store contract: aws: a promise: failed");
  });

  it("exits with 1 and writes nothing if the page says something else", () => {
    const before = page();

    const { status, stderr } = check(results("passed"));

    expect(status).toBe(1);
    expect(stderr).toContain("docs/capabilities.md is out of date from line ");
    expect(page()).toBe(before);
  });

  it("exits with 1 and names the file if it holds no results", () => {
    const { status, stderr } = check(path.join(directory, "none.json"));

    expect(status).toBe(1);
    expect(stderr).toMatch(/none\.json holds no answer of `jest --json`\.\n$/);
  });
});

function check(file: string): { status: number | null; stderr: string } {
  const args = ["--require", "./tools/register.cjs", "tools/capabilities.ts", "--check", "--results", file];
  return spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
}

/** A run in which every platform was asked one thing. */
function results(status: string): string {
  const testResults = platformNames().map((name) => ({
    name: `/tests/contract/${name}.test.ts`,
    message: "",
    assertionResults: [{ ancestorTitles: [`store contract: ${name}`], title: "a promise", status }],
  }));
  const file = path.join(directory, "results.json");
  writeFileSync(file, JSON.stringify({ testResults }));
  return file;
}

/** Each has a file of contracts; memory is no platform. */
function platformNames(): string[] {
  const files = readdirSync(path.join(ROOT, "tests/contract")).filter((file) => file.endsWith(".test.ts"));
  return files.map((file) => file.replace(".test.ts", "")).filter((name) => name !== "memory");
}

function page(): string {
  return readFileSync(path.join(ROOT, "docs/capabilities.md"), "utf8");
}
