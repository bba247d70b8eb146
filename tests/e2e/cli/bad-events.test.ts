import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { RunSummary } from "../../../cli/run/summary";
import { scratch, sluice, sluiceJson } from "../../support/cli";

const GOOD = { machine: "m1", at: 1_795_000_000_000, temperature: 50, vibration: 1, load: 0.5 };

describe("an events file with all kinds of broken lines", () => {
  it("is processed to its end: what is good is stored, everything else is dead-lettered with its reason", async () => {
    const cwd = scratch();
    const file = path.join(cwd, "bad.ndjson");
    writeFileSync(file, badLines());
    await sluice(["init", "mine"], { cwd });

    const summary = await sluiceJson<RunSummary>(["run", "--pipeline", "mine/pipeline.ts", "--events", file], { cwd });
    const { stdout } = await sluice(["dead-letters", "list", "--json", "--limit", "all"], { cwd });

    expect(summary).toMatchObject({
      received: 13,
      accepted: 13,
      stored: 4,
      duplicates: 1,
      conservation: { holds: true },
    });
    expect(summary.deadLettered).toEqual({
      total: 8,
      byReason: { oversize: 2, encoding: 1, depth: 1, json: 2, schema: 2 },
    });
    const letters = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(letters.filter(({ bytes }) => bytes === 65_536)).toMatchObject([
      { code: "oversize", stage: "ingest", message: expect.stringContaining("20,971,538 bytes long") },
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

function badLines(): Buffer {
  const lines: (string | Buffer)[] = [
    good("e1"),
    "{broken",
    `{"id":"${"x".repeat(20 * 1024 * 1024)}","machine"`,
    `{"deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
    `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    `{"__proto__":{"polluted":1},${good("e2").slice(1)}`,
    good("e3", "1e999"),
    "",
    "  \t",
    "null",
    "\ufeff{oops",
    `${good("e4")}\r`,
    good("e1"),
    good("e5"),
  ];
  return Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from("\n")]));
}

function good(id: string, temperature = "50"): string {
  return JSON.stringify({ id, ...GOOD }).replace('"temperature":50', `"temperature":${temperature}`);
}
