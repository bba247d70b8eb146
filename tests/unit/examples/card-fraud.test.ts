import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { generate } from "../../../examples/card-fraud/generate";
import pipeline, { generate as ownGenerate } from "../../../examples/card-fraud/pipeline";
import { auc, EXAMPLES, featuresOf, predictionOf, probabilities } from "./score";

interface Transaction {
  fraud: boolean;
}

function expectedRows() {
  const [header, ...lines] = readFileSync(path.join(EXAMPLES, "card-fraud/expected.csv"), "utf8").trim().split("\n");
  const width = header!.split(",").length - 2;
  const rows = lines.map((line) => line.split(",").map(Number));
  return {
    names: header!.split(",").slice(0, width),
    features: rows.map((row) => row.slice(0, width)),
    scores: rows.map((row) => row[width]!),
    flagged: rows.map((row) => row[width + 1] === 1),
  };
}

function transaction(changes: object = {}) {
  return {
    transactionId: "019b8b74-1f9e-7415-8c65-4c0c0798a868",
    cardId: "card-004814",
    merchantId: "shop-1766",
    category: "grocery",
    amount: 11.9,
    currency: "EUR",
    at: Date.UTC(2026, 0, 7, 18, 30),
    averageAmount: 23.8,
    distanceKm: 5.6,
    secondsSincePrevious: 28_188,
    countLastHour: 0,
    countLastDay: 1,
    foreign: false,
    cardPresent: true,
    ...changes,
  };
}

describe("the card-fraud pipeline", () => {
  it("has a schema that compiles without falling back to the interpreter", () => {
    const compile = () => z.compile(pipeline.event, { strict: true });

    expect(compile).not.toThrow();
  });

  it("accepts an event without its label, and refuses what cannot be a transaction", () => {
    const good = [transaction(), transaction({ fraud: true }), transaction({ somethingNew: 1 })];
    const bad = [
      transaction({ amount: 0 }),
      transaction({ amount: Number.POSITIVE_INFINITY }),
      transaction({ amount: "11.90" }),
      transaction({ at: 1.5 }),
      transaction({ at: 8.64e15 + 2 }),
      transaction({ category: "crypto" }),
      transaction({ currency: "euro" }),
      transaction({ transactionId: "../1" }),
      transaction({ cardId: "" }),
      transaction({ distanceKm: 21_000 }),
      transaction({ countLastHour: -1 }),
    ];

    const verdicts = [...good, ...bad].map((event) => pipeline.event.safeParse(event).success);

    expect(verdicts).toEqual([...good.map(() => true), ...bad.map(() => false)]);
  });

  it("computes hour and weekday in UTC, the amount against the card's average, and flags as 0 and 1", () => {
    const features = featuresOf(pipeline, transaction({ category: "gift-card", foreign: true }));

    const byName = Object.fromEntries(pipeline.featureNames.map((name, i) => [name, features[i]]));

    // 2026-01-07 was a Wednesday.
    expect(byName).toMatchObject({
      hour: 18.5,
      weekday: 3,
      amountToAverage: 0.5,
      foreign: 1,
      cardPresent: 1,
      categoryRisk: 5,
      giftCard: 1,
    });
  });

  it("gives scikit-learn's own scores and flags for the rows that training wrote down", async () => {
    const expected = expectedRows();

    const rows = await probabilities("card-fraud", expected.features);
    const predictions = rows.map((row) => predictionOf(pipeline, row, {}));
    const difference = Math.max(
      ...predictions.map(({ score }, i) => Math.abs((score as number) - expected.scores[i]!)),
    );

    expect(expected.names).toEqual(pipeline.featureNames);
    expect(difference).toBeLessThan(1e-5);
    expect(predictions.map(({ flagged }) => flagged)).toEqual(expected.flagged);
  });

  it("ranks fraud above honest purchases that it has never seen", async () => {
    const events = [...generate({ seed: 4242, count: 20_000, repeats: 0, malformed: 0 })];
    const transactions = events.map(({ body }) => JSON.parse(body as string) as Transaction);

    const rows = await probabilities(
      "card-fraud",
      transactions.map((event) => featuresOf(pipeline, event)),
    );
    const quality = auc(
      rows.map((row) => row[1]!),
      transactions.map(({ fraud }) => fraud),
    );

    expect(quality).toBeGreaterThan(0.93);
    expect(quality).toBeLessThan(0.999);
  });

  it("raises an alert for a high score alone", () => {
    const { when } = pipeline.actions[0]!;

    const alerts = [0.1, 0.5, 0.95].map((score) => when({ score, flagged: score > 0.4 }, transaction()));

    expect(alerts).toEqual([false, false, true]);
  });

  it("brings its own generator, so that `sluice run` has events for it", () => {
    expect(ownGenerate).toBe(generate);
  });
});
