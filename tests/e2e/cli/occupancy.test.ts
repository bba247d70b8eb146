import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect } from "@jest/globals";
import type { RunSummary } from "../../../cli/run/summary";
import { scratch, sluiceJson, storedPredictions } from "../../support/cli";
import { itWithOccupancyData } from "../../support/occupancy-data";

const ROOT = path.resolve(__dirname, "..", "..", "..");
const EXAMPLE = path.join(ROOT, "examples", "occupancy");

describe("the occupancy example", () => {
  itWithOccupancyData(
    "predicts for each row of the real data what scikit-learn predicts",
    "datatest.txt",
    async (data) => {
      const cwd = scratch();
      const expected = readFileSync(path.join(EXAMPLE, "expected-datatest.csv"), "utf8").trim().split("\n").slice(1);

      const args = ["run", "--pipeline", path.join(EXAMPLE, "pipeline.ts"), "--events", data];
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
    },
  );
});
