import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { CLOUDS } from "../../../cli/cloud/emulated";
import type { RunSummary } from "../../../cli/run/summary";
import { type PredictionRow, scratch, sluice, sluiceJson, startSluice } from "../../support/cli";

const RUN = ["run", "--count", "2000", "--seed", "7", "--no-report"];

jest.setTimeout(120_000);

describe.each(CLOUDS)("a run through an emulated %s", (cloudName) => {
  it("stores the same predictions and the same dead letters as the embedded run, in the function and at an endpoint", async () => {
    const cwd = scratch();
    const local = await sluiceJson<RunSummary>([...RUN, "--database", "local"], { cwd });
    const runs = [local];
    for (const inference of ["in-process", "endpoint"]) {
      const cloud = ["--cloud", cloudName, "--inference", inference, "--database", inference];
      runs.push(await sluiceJson<RunSummary>([...RUN, ...cloud], { cwd }));
    }

    const [first, ...others] = await Promise.all(
      ["local", "in-process", "endpoint"].map(async (database) => ({
        rows: await rowsOf(cwd, ["--database", database]),
        letters: await lettersOf(cwd, ["--database", database]),
      })),
    );

    expect(first!.rows.length).toBeGreaterThan(1_900);
    expect(first!.letters.length).toBeGreaterThan(3);
    for (const other of others) expect(other).toEqual(first);
    for (const { stored, duplicates, deadLettered, actions, quality, conservation } of runs) {
      expect({ stored, duplicates, deadLettered: deadLettered.total, actions }).toEqual({
        ...{ stored: local.stored, duplicates: local.duplicates },
        ...{ deadLettered: local.deadLettered.total, actions: local.actions },
      });
      expect(quality?.rocAuc).toBeCloseTo(local.quality!.rocAuc!, 6);
      expect(conservation).toMatchObject({ holds: true, missing: 0 });
    }
    expect(runs.map(({ platform }) => platform)).toEqual([
      "local",
      `${cloudName} (emulated)`,
      `${cloudName} (emulated)`,
    ]);
  });

  it("runs a pipeline of one's own, which lies anywhere", async () => {
    const cwd = scratch();
    await sluiceJson(["init", "mine"], { cwd });

    const mine = ["--pipeline", "mine/pipeline.ts", "--events", "mine/events.ndjson"];
    const summary = await sluiceJson<RunSummary>(["run", "--cloud", cloudName, ...mine], { cwd });

    expect(summary).toMatchObject({ accepted: 63, stored: 60, duplicates: 1, deadLettered: { total: 2 } });
    expect(readFileSync(summary.report!, "utf8")).toContain("<html");
  });

  it("says what does not go together", async () => {
    const cwd = scratch();

    const batch = await sluice(["run", "--cloud", cloudName, "--batch", "5"], { cwd });
    const inference = await sluice(["run", "--inference", "endpoint"], { cwd });
    const cloud = await sluice(["run", "--cloud", "nimbus"], { cwd });

    for (const [{ code, stderr }, named] of [
      [batch, "--batch"],
      [inference, "--inference"],
      [cloud, "nimbus"],
    ] as const) {
      expect(code).toBe(2);
      expect(stderr).toContain(named);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });
});

describe.each(CLOUDS)("the commands on a stack on %s", (cloudName) => {
  it("send, query, list, redrive and replay, by the stack's outputs and the SDK's own variables", async () => {
    const cwd = scratch();
    await sluiceJson(["init", "mine"], { cwd });
    const pipeline = ["--pipeline", "mine/pipeline.ts"];
    const emulator = startSluice(["emulate", "--cloud", cloudName, ...pipeline, "--json"], { cwd });
    const { environment, outputs } = JSON.parse(await emulator.prints());
    writeFileSync(path.join(cwd, "outputs.json"), JSON.stringify(outputs));
    const stack = ["--stack", "prod", "--outputs", "outputs.json"];
    const options = { cwd, env: environment };

    const sent = await sluiceJson<object>(["send", ...pipeline, "--events", "mine/events.ndjson", ...stack], options);
    const rows = await eventually(() => rowsOf(cwd, stack, environment), 60);
    const letters = await sluice(["dead-letters", "list", "--json", ...stack], options);
    const redriven = await sluiceJson<object>(["dead-letters", "redrive", "--all", ...stack], options);
    const again = await eventually(() => lettersOf(cwd, stack, environment), 2);
    const compared = await eventually(
      async () => [await sluiceJson<Replayed>(["replay", ...pipeline, "--into", "other", ...stack], options)],
      1,
      ([result]) => result?.stored === 60,
    );
    emulator.process.kill("SIGINT");

    expect(sent).toMatchObject({ received: 63, accepted: 63, stack: "prod", cloud: cloudName });
    expect(rows).toHaveLength(60);
    expect(letters.stdout.trim().split("\n")).toHaveLength(2);
    expect(redriven).toMatchObject({ redriven: 2, stack: "prod" });
    expect(again).toHaveLength(2);
    expect(compared[0]).toMatchObject({ comparison: { compared: 60, different: 0, onlyNew: 0, onlyOld: 0 } });
    expect(await emulator.ended).toMatchObject({ code: 0 });
  });
});

describe("a stack", () => {
  it("that cannot be found, or is not one of ours, is one message", async () => {
    const cwd = scratch();
    writeFileSync(path.join(cwd, "other.json"), JSON.stringify({ bucket: "b" }));
    writeFileSync(path.join(cwd, "broken.json"), "{");

    const results = await Promise.all([
      sluice(["predictions", "--stack", "aws"], { cwd, env: { PATH: "" } }),
      sluice(["predictions", "--stack", "aws", "--outputs", "nowhere.json"], { cwd }),
      sluice(["predictions", "--stack", "aws", "--outputs", "other.json"], { cwd }),
      sluice(["predictions", "--stack", "aws", "--outputs", "broken.json"], { cwd }),
      sluice(["predictions", "--stack", "aws", "--database", "x"], { cwd }),
      sluice(["predictions", "--outputs", "other.json"], { cwd }),
    ]);

    expect(results.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2]);
    for (const { stderr } of results) expect(stderr.trim().split("\n")).toHaveLength(1);
    const words = ["Pulumi CLI", "ENOENT", "ingest", "not JSON", "--database", "--stack"];
    for (const [i, word] of words.entries()) expect(results[i]!.stderr).toContain(word);
  });
});

interface Replayed {
  stored: number;
  comparison: object;
}

type Environment = Readonly<Record<string, string>>;

async function rowsOf(cwd: string, where: readonly string[], env: Environment = {}): Promise<PredictionRow[]> {
  const rows = await lines(["predictions", "--limit", "all", "--json", ...where], cwd, env);
  return rows
    .map((line) => ({ ...(JSON.parse(line) as PredictionRow), storedAt: 0 }))
    .sort((a, b) => (a.key + a.id < b.key + b.id ? -1 : 1));
}

async function lettersOf(cwd: string, where: readonly string[], env: Environment = {}): Promise<string[]> {
  const letters = await lines(["dead-letters", "export", "--out", "-", ...where], cwd, env);
  return letters
    .map((line) => JSON.parse(line))
    .map(({ code, message, body }) => `${body} ${code} ${message}`)
    .sort();
}

async function lines(args: readonly string[], cwd: string, env: Environment): Promise<string[]> {
  const { code, stdout, stderr } = await sluice(args, { cwd, env });
  if (code !== 0) throw new Error(stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Asks until there are as many as wanted: a function works when its platform lets it. */
async function eventually<T>(
  ask: () => Promise<T[]>,
  count: number,
  enough: (found: T[]) => boolean = (found) => found.length >= count,
): Promise<T[]> {
  let found = await ask();
  for (let tries = 0; tries < 30 && !enough(found); tries++) found = await ask();
  return found;
}
