import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import pipeline from "../../../examples/occupancy/pipeline";
import { itWithOccupancyData } from "../../support/occupancy-data";
import { EXAMPLES, featuresOf, predictionOf, probabilities } from "./score";

function reading(changes: object = {}) {
  return {
    row: 140,
    date: "2015-02-02 14:19:00",
    Temperature: 23.7,
    Humidity: 26.272,
    Light: 585.2,
    CO2: 749.2,
    HumidityRatio: 0.00476416302416414,
    Occupancy: 1,
    ...changes,
  };
}

/** The rows of one of the authors' files, as the CSV reader hands them over. */
function readings(file: string) {
  const [header, ...lines] = readFileSync(file, "utf8").replaceAll('"', "").trim().split("\n");
  const names = ["row", ...header!.split(",")];
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, i) => [name, name === "date" ? cells[i] : Number(cells[i])]));
  });
}

async function predict(events: readonly object[]) {
  const rows = await probabilities(
    "occupancy",
    events.map((event) => featuresOf(pipeline, event)),
  );
  return rows.map((row, i) => predictionOf(pipeline, row, events[i]));
}

describe("the occupancy pipeline", () => {
  it("has a schema that compiles without falling back to the interpreter", () => {
    const compile = () => z.compile(pipeline.event, { strict: true });

    expect(compile).not.toThrow();
  });

  it("accepts a reading with or without row number and label, and refuses what no sensor sends", () => {
    const { row, Occupancy, ...bare } = reading();
    const bad = [
      reading({ date: "2015-02-02" }),
      reading({ Temperature: "23.7" }),
      reading({ Humidity: 101 }),
      reading({ Light: -1 }),
      reading({ Occupancy: 2 }),
      reading({ CO2: undefined }),
    ];

    const verdicts = [reading(), bare, ...bad].map((event) => pipeline.event.safeParse(event).success);

    expect([row, Occupancy]).toEqual([140, 1]);
    expect(verdicts).toEqual([true, true, ...bad.map(() => false)]);
  });

  it("makes the time stamp the id, and reads it as UTC", () => {
    const event = reading();

    const identity = [pipeline.id(event), pipeline.key(event), pipeline.time(event)];

    expect(identity).toEqual(["2015-02-02T14:19:00", "office", Date.UTC(2015, 1, 2, 14, 19)]);
  });

  it("derives the second of the day, and whether it is a weekend", () => {
    const days = ["2015-02-06", "2015-02-07", "2015-02-08", "2015-02-09"];

    const derived = days.map((day) => featuresOf(pipeline, reading({ date: `${day} 01:00:30` })).slice(5));

    // Friday, Saturday, Sunday, Monday.
    expect(derived).toEqual([
      [3630, 0],
      [3630, 1],
      [3630, 1],
      [3630, 0],
    ]);
  });

  itWithOccupancyData(
    "predicts what scikit-learn predicts on every row of datatest.txt",
    "datatest.txt",
    async (file) => {
      const lines = readFileSync(path.join(EXAMPLES, "occupancy/expected-datatest.csv"), "utf8").trim().split("\n");
      const expected = lines.slice(1).map((line) => line.split(",").map(Number));

      const predictions = await predict(readings(file));
      const difference = Math.max(
        ...predictions.map((row, i) => Math.abs((row["probability"] as number) - expected[i]![0]!)),
      );

      expect(predictions.length).toBe(2665);
      expect(predictions.map(({ occupied }) => Number(occupied))).toEqual(expected.map((row) => row[1]));
      expect(difference).toBeLessThan(1e-5);
    },
  );

  for (const [file, rows, accuracy] of [
    ["datatest.txt", 2665, 0.978],
    ["datatest2.txt", 9752, 0.993],
  ] as const)
    itWithOccupancyData(`is right in ${accuracy * 100} % of the rows of ${file}`, file, async (found) => {
      const events = readings(found);

      const predictions = await predict(events);
      const right = predictions.filter(({ occupied }, i) => Number(occupied) === events[i]!["Occupancy"]);

      expect(events.every((event) => pipeline.event.safeParse(event).success)).toBe(true);
      expect(predictions.length).toBe(rows);
      expect(right.length / rows).toBeGreaterThan(accuracy);
    });
});
