import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { RunSummary } from "../../../cli/run/summary";
import { scratch, sluice, sluiceJson, storedPredictions } from "../../support/cli";

const PIPELINE = ["--pipeline", "mine/pipeline.ts"];
const EVENTS = ["--events", "mine/events.ndjson"];

describe("a pipeline of one's own, from `sluice init`", () => {
  it("runs at once, and can be sent to, worked on, queried, redriven and replayed", async () => {
    const cwd = scratch();
    const files = await sluiceJson<{ files: object }>(["init", "mine"], { cwd });
    expect(Object.keys(files.files).filter((name) => !existsSync(path.join(cwd, "mine", name)))).toEqual([]);

    const sent = await sluiceJson<object>(["send", ...PIPELINE, ...EVENTS], { cwd });
    const sentAgain = await sluiceJson<object>(["send", ...PIPELINE, ...EVENTS], { cwd });
    expect(sent).toMatchObject({ received: 63, accepted: 63, alreadyAccepted: 0 });
    expect(sentAgain).toMatchObject({ received: 63, accepted: 0, alreadyAccepted: 63 });

    const worked = await sluiceJson<object>(["work", ...PIPELINE, "--until-drained"], { cwd });
    expect(worked).toMatchObject({ received: 63, stored: 60, duplicates: 1, deadLettered: { total: 2 } });
    const run = await sluiceJson<RunSummary>(["run", ...PIPELINE, ...EVENTS, "--no-report"], { cwd });
    expect(run).toMatchObject({ accepted: 0, alreadyAccepted: 63, stored: 0, conservation: { holds: true } });

    const [row] = await storedPredictions(cwd, "--id", "r-0001");
    expect(row).toMatchObject({ id: "r-0001", prediction: { overheating: expect.any(Boolean) } });
    const csv = await sluice(["predictions", "--csv", "--limit", "3", "--newest"], { cwd });
    expect(csv.stdout.split("\n")).toHaveLength(5);
    expect(csv.stdout).toMatch(/^id,key,time,overheating,score,truth,/);

    const replayed = await sluiceJson<object>(["replay", ...PIPELINE], { cwd });
    const compared = await sluiceJson<object>(["replay", ...PIPELINE, "--into", "other"], { cwd });
    expect(replayed).toMatchObject({ replayed: 63, stored: 0, alreadyStored: 61 });
    expect(compared).toMatchObject({ stored: 60, comparison: { compared: 60, different: 0, onlyNew: 0, onlyOld: 0 } });
  });
});

describe("dead letters", () => {
  it("are listed without payload, shown, exported and sent again", async () => {
    const cwd = scratch();
    await sluice(["init", "mine"], { cwd });
    await sluice(["run", ...PIPELINE, ...EVENTS, "--no-report"], { cwd });

    const listed = await letters(cwd);
    expect(listed.map(({ code }) => code).sort()).toEqual(["json", "schema"]);
    expect(JSON.stringify(listed)).not.toContain("88,5");

    const [first] = listed;
    const shown = await sluiceJson<{ payload?: string }>(["dead-letters", "show", first?.id ?? ""], { cwd });
    const payload = await sluiceJson<{ payload?: string }>(["dead-letters", "show", first?.id ?? "", "--payload"], {
      cwd,
    });
    expect(shown.payload).toBeUndefined();
    expect(payload.payload).toContain('{"id":"r-900');

    await sluice(["dead-letters", "export", "--out", "letters.ndjson"], { cwd });
    const overwritten = await sluice(["dead-letters", "export", "--out", "letters.ndjson"], { cwd });
    expect(readFileSync(path.join(cwd, "letters.ndjson"), "utf8").trim().split("\n")).toHaveLength(2);
    expect(overwritten.code).toBe(2);

    const redriven = await sluiceJson<object>(["dead-letters", "redrive", "--all", ...PIPELINE], { cwd });
    const worked = await sluiceJson<object>(["work", ...PIPELINE, "--until-drained"], { cwd });
    expect(redriven).toMatchObject({ redriven: 2, notFound: 0 });
    expect(worked).toMatchObject({ received: 2, deadLettered: { total: 2 } });
    expect((await letters(cwd)).map(({ id }) => id)).not.toContain(first?.id);
  });
});

async function letters(cwd: string): Promise<{ id: string; code: string }[]> {
  const { stdout } = await sluice(["dead-letters", "list", "--json"], { cwd });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
