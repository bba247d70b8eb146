import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import type { RunSummary } from "../../../cli/run/summary";
import { scratch, sluice, sluiceJson, storedPredictions } from "../../support/cli";

const ROOT = path.resolve(__dirname, "..", "..", "..");
const COUNT = ["--count", "2000"];

describe("sluice run", () => {
  const cwd = scratch();
  let first: RunSummary;

  beforeAll(async () => {
    first = await sluiceJson<RunSummary>(["run", ...COUNT], { cwd });
  });

  it("accounts for every event", () => {
    const { accepted, stored, duplicates, deadLettered, received, conservation } = first;

    expect(received).toBe(2_000);
    expect(accepted).toBe(2_000);
    expect(stored + duplicates + deadLettered.total).toBe(accepted);
    expect(Object.values(deadLettered.byReason).reduce((sum, count) => sum + count, 0)).toBe(deadLettered.total);
    expect(conservation).toEqual({ holds: true, method: "counted", missing: 0 });
  });

  it("measures latency by stage and the model's quality", () => {
    for (const stage of ["decode", "infer", "store", "endToEnd"] as const)
      expect(first.latency[stage]?.p99).toBeGreaterThanOrEqual(first.latency[stage]?.p50 ?? Number.POSITIVE_INFINITY);
    expect(first.quality?.accuracy).toBeGreaterThan(0.97);
    expect(first.quality?.rocAuc).toBeGreaterThan(0.9);
  });

  it("writes a report that needs nothing from elsewhere", () => {
    const report = readFileSync(first.report ?? "", "utf8");

    expect(report).toContain("2,000 accepted");
    expect(report).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
  });

  it("is recognized when it is run again, and sends nothing", async () => {
    const again = await sluice(["run", ...COUNT], { cwd });
    const { alreadyFinished, alreadyAccepted, stored } = await sluiceJson<RunSummary>(["run", ...COUNT], { cwd });

    expect(again.code).toBe(0);
    expect(again.stdout).toContain("This run finished at");
    expect({ alreadyFinished, alreadyAccepted, stored }).toEqual({
      alreadyFinished: true,
      alreadyAccepted: 2_000,
      stored: first.stored,
    });
    expect(await storedPredictions(cwd)).toHaveLength(first.stored);
  });

  it("stores what other events add, and counts what they repeat as duplicates", async () => {
    const more = await sluiceJson<RunSummary>(["run", "--count", "2500", "--no-report"], { cwd });

    expect(more.accepted).toBe(2_500);
    expect(more.duplicates).toBeGreaterThan(1_900);
    expect(more.conservation.holds).toBe(true);
  });

  it("starts over with --fresh", async () => {
    const summary = await sluiceJson<RunSummary>(["run", ...COUNT, "--fresh", "--no-report"], { cwd });

    expect(summary.stored).toBe(first.stored);
    expect(existsSync(first.report ?? "")).toBe(false);
  });

  it("tells people what it does and what to try next", async () => {
    const { stdout, stderr, code } = await sluice(["run", "--count", "200", "--fresh"], { cwd });

    expect(code).toBe(0);
    expect(stderr).toContain("card-fraud: 200 generated events (seed ");
    expect(stdout).toMatch(/events in +200\n/);
    expect(stdout).toMatch(/none lost +yes\n/);
    expect(stdout).toContain("sluice.cjs predictions --newest");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for color codes
    expect(stdout).not.toMatch(/\u001b/);
  });
});

describe("sluice run on events from standard input", () => {
  it("processes what a pipe brings", async () => {
    const cwd = scratch();
    const input =
      "date,Temperature,Humidity,Light,CO2,HumidityRatio\n2015-02-04 17:51:00,23.18,27.272,426,721.25,0.00479\n";
    const args = ["run", "--pipeline", path.join(ROOT, "examples", "occupancy", "pipeline.ts"), "--events", "-"];

    const { stored, quality } = await sluiceJson<RunSummary>(args, { cwd, input });

    expect(stored).toBe(1);
    expect(quality?.labelled).toBe(0);
  });
});
