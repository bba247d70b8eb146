import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { RunSummary } from "../../../cli/run/summary";
import { scratch, sluiceJson, storedPredictions } from "../../support/cli";

const ROOT = path.resolve(__dirname, "..", "..", "..");
const EXAMPLE = path.join(ROOT, "examples", "occupancy");
const DATA = path.resolve(ROOT, "..", "shared", "data", "occupancy", "datatest.txt");

describe("the occupancy example", () => {
  it("predicts for each row of the real data what scikit-learn predicts", async () => {
    if (!existsSync(DATA)) {
      process.stderr.write(`skipped: ${DATA} is not there; it is not part of this repository\n`);
      return;
    }
    const cwd = scratch();
    const expected = readFileSync(path.join(EXAMPLE, "expected-datatest.csv"), "utf8").trim().split("\n").slice(1);

    const args = ["run", "--pipeline", path.join(EXAMPLE, "pipeline.ts"), "--events", DATA];
    const summary = await sluiceJson<RunSummary>(args, { cwd });

    expect(summary).toMatchObject({ received: 2_665, stored: 2_665, duplicates: 0, deadLettered: { total: 0 } });
    expect(summary.quality?.accuracy).toBeGreaterThan(0.95);
    // Ids are times, so their order is that of the file.
    const rows = await storedPredictions(cwd);
    const differences = rows.map(({ prediction }, i) => {
      const [score = "", label = ""] = expected[i]?.split(",") ?? [];
      return {
        score: Math.abs(Number(prediction["probability"]) - Number(score)),
        label: Number(prediction["occupied"]) - Number(label),
      };
    });
    expect(Math.max(...differences.map(({ score }) => score))).toBeLessThan(1e-5);
    expect(differences.filter(({ label }) => label !== 0)).toEqual([]);
  });
});
