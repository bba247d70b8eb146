import { describe, expect, it } from "@jest/globals";
import { ConfigError, type PredictionValue, seededRandom } from "sluice";
import { event, rowBatch } from "../../../support/records";
import { database } from "./support";

interface Scored {
  score: number;
  suspicious: PredictionValue;
  truth: number | null;
}

async function scored(rows: readonly Scored[], partitions = 2) {
  const db = database({ partitions });
  const batch = rowBatch(rows.map((_, i) => event(i)));
  const predictions = rows.map(({ score, suspicious }) => ({ score, suspicious, amount: 0 }));
  await db.store.write({ ...batch, predictions, truths: rows.map(({ truth }) => truth) });
  return db;
}

describe("the quality of predictions", () => {
  it("is counted over all partitions, rows without a truth aside", async () => {
    const db = await scored([
      { score: 0.9, suspicious: true, truth: 1 },
      { score: 0.8, suspicious: true, truth: 0 },
      { score: 0.1, suspicious: false, truth: 0 },
      { score: 0.2, suspicious: false, truth: 0 },
      { score: 0.3, suspicious: false, truth: null },
    ]);

    const quality = db.quality({ predicted: "suspicious", score: "score" });

    expect(quality).toMatchObject({
      labelled: 4,
      correct: 3,
      confusion: [
        { truth: 0, predicted: 0, count: 2 },
        { truth: 0, predicted: 1, count: 1 },
        { truth: 1, predicted: 1, count: 1 },
      ],
      auc: 1,
    });
    expect(quality.scores).toMatchObject({ from: 0, to: 1 });
    expect(quality.scores?.series.map(({ truth, counts }) => [truth, counts.reduce((a, b) => a + b)])).toEqual([
      [0, 3],
      [1, 1],
      [undefined, 1],
    ]);
  });

  it("has the AUC that comparing every pair gives", async () => {
    const random = seededRandom(7);
    const rows = Array.from({ length: 400 }, () => {
      const truth = random() < 0.3 ? 1 : 0;
      return { score: Math.round(100 * (0.6 * random() + 0.4 * truth * random())) / 100, suspicious: false, truth };
    });
    const db = await scored(rows);
    let wins = 0;
    let pairs = 0;
    for (const positive of rows.filter(({ truth }) => truth === 1)) {
      for (const negative of rows.filter(({ truth }) => truth === 0)) {
        pairs++;
        wins += positive.score > negative.score ? 1 : positive.score === negative.score ? 0.5 : 0;
      }
    }

    const { auc } = db.quality({ predicted: "suspicious", score: "score" });

    expect(auc).toBeCloseTo(wins / pairs, 10);
  });

  it("gives scores outside 0 to 1 a range of their own", async () => {
    const db = await scored([
      { score: -3, suspicious: false, truth: 0 },
      { score: 7, suspicious: true, truth: 1 },
    ]);

    const { scores } = db.quality({ predicted: "suspicious", score: "score" });

    expect(scores).toMatchObject({ from: -3, to: 7 });
    expect(scores?.series.map(({ counts }) => counts.indexOf(1))).toEqual([0, 49]);
  });

  it("gives one score a range, classes no AUC, and too many truths one series and no table", async () => {
    const single = await scored([{ score: 5, suspicious: false, truth: 2 }]);
    const many = await scored(
      Array.from({ length: 500 }, (_, i) => ({ score: i / 500, suspicious: i / 3, truth: i / 3 })),
    );

    const one = single.quality({ predicted: "suspicious", score: "score" });
    const regression = many.quality({ predicted: "suspicious", score: "score" });

    expect([one.scores?.from, one.scores?.to, one.auc]).toEqual([5, 6, undefined]);
    expect(regression).toMatchObject({ labelled: 500, correct: 500, confusion: undefined, auc: undefined });
    expect(regression.scores?.series.map(({ counts }) => counts.reduce((a, b) => a + b))).toEqual([500]);
  });

  it("needs no score, and no rows", async () => {
    const db = await scored([{ score: 0.5, suspicious: "yes", truth: 1 }]);

    expect(db.quality({ predicted: "suspicious" })).toEqual({
      labelled: 1,
      correct: 0,
      confusion: [{ truth: 1, predicted: "yes", count: 1 }],
      scores: undefined,
      auc: undefined,
    });
    expect(database().quality({ predicted: "suspicious", score: "score" })).toMatchObject({
      labelled: 0,
      scores: undefined,
    });
  });

  it("refuses a field that is not there, and names those that are", async () => {
    const db = await scored([{ score: 0.5, suspicious: true, truth: 1 }], 1);

    const quality = () => db.quality({ predicted: "fraud" });

    expect(quality).toThrow(ConfigError);
    expect(quality).toThrow(/"fraud" is no prediction field. Name one of amount, score, suspicious/);
  });
});
