import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { loadPipeline } from "../../../adapters/pipeline-file";
import type { RunSummary } from "../../../cli/run/summary";
import { scratch, sluiceJson, startSluice, storedPredictions } from "../../support/cli";

const RUN = ["run", "--count", "8000", "--no-report"];
const SLOWLY = ["--rate", "3000"];

describe("a run that is interrupted", () => {
  it("ends with the same predictions as one that is not, wherever SIGKILL hit it, none of them twice", async () => {
    const undisturbed = scratch();
    const killed = scratch();
    await sluiceJson<RunSummary>(RUN, { cwd: undisturbed });

    const running = startSluice([...RUN, ...SLOWLY], { cwd: killed });
    await running.says("of 8,000 events");
    running.process.kill("SIGKILL");
    await running.ended;
    const workerKilled = startSluice([...RUN, ...SLOWLY, "--json"], { cwd: killed });
    await workerKilled.says("goes on where it stopped");
    const [victim = 0] = childrenOf(workerKilled.process.pid ?? 0);
    process.kill(victim, "SIGKILL");
    const { stdout } = await workerKilled.ended;

    const summary = JSON.parse(stdout) as RunSummary;
    expect(summary).toMatchObject({ accepted: 8_000, remaining: 0, conservation: { holds: true, method: "audited" } });
    expect(summary.alreadyAccepted).toBeGreaterThan(0);
    const rows = await storedPredictions(killed);
    expect(rows).toEqual(await storedPredictions(undisturbed));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it("drains and checkpoints at Ctrl-C, says how to go on, and goes on", async () => {
    const cwd = scratch();

    const running = startSluice([...RUN, ...SLOWLY, "--json"], { cwd });
    await running.says("of 8,000 events");
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    const summary = await sluiceJson<RunSummary>(RUN, { cwd });

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ interrupted: true });
    expect(stderr).toContain("run the same command again to go on");
    expect(summary).toMatchObject({ accepted: 8_000, interrupted: false, conservation: { holds: true } });
  });

  it("is nothing special where events come from a pipe: what has come is processed, and the run ends", async () => {
    const cwd = scratch();
    const [event] = loadPipeline().generate?.({ seed: 1, count: 1 }) ?? [];

    const args = ["run", "--events", "-", "--no-report", "--json"];
    const running = startSluice(args, { cwd, input: `${event?.body}\n`, keepsOpen: true });
    await running.says("1 stored");
    running.process.kill("SIGTERM");
    const { code, stdout } = await running.ended;

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: 1,
      stored: 1,
      interrupted: false,
      conservation: { holds: true },
    });
  });
});

/** Processes that a process of ours has started. */
function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => statusOf(name).includes(`\nPPid:\t${parent}\n`))
    .map(Number);
}

/** Empty for a process that has ended meanwhile. */
function statusOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/status`, "utf8");
  } catch {
    return "";
  }
}
