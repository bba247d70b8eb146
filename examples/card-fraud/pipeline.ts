/**
 * Card fraud: scores each card transaction while it happens, stores the score, and raises an alert when it is high.
 *
 * One event is one transaction. It carries what the bank's own systems already know about the card (distance from home,
 * time since the last purchase, how many there were in the last hour and day), so the pipeline itself keeps no state and
 * any worker can score any event. `fraud` is the answer that arrives weeks later in real life; where an event has it,
 * Sluice compares the prediction with it.
 *
 * The model is a small ensemble of gradient-boosted trees, trained by `train.py` on synthetic data; see MODEL_CARD.md.
 * @module
 */
import { definePipeline } from "sluice";
import * as z from "zod";
import { CATEGORIES, CATEGORY_RISK } from "./categories";

export { generate } from "./generate";

/** Chosen by train.py on validation data: the score that gives the best F1. */
const THRESHOLD = 0.38;

/** A score at which somebody should look at once: about 19 in 20 of these are fraud. */
const ALERT = 0.8;

const HOUR = 3_600_000;

const transaction = z.object({
  transactionId: z.uuid(),
  cardId: z.string().min(1).max(64),
  merchantId: z.string().min(1).max(64),
  category: z.enum(CATEGORIES),
  /** In `currency`'s main unit. */
  amount: z.number().gt(0).max(1_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Milliseconds since 1970; the bound is the last moment that a Date can hold. */
  at: z.int().min(0).max(8.64e15),
  /** Running average of the card's purchases. */
  averageAmount: z.number().gt(0).max(1_000_000),
  /** From the card holder's home. Nothing on Earth is further away than half its circumference. */
  distanceKm: z.number().min(0).max(20_038),
  secondsSincePrevious: z.int().min(0),
  /** Purchases on this card in the hour and the day before this one. */
  countLastHour: z.int().min(0),
  countLastDay: z.int().min(0),
  foreign: z.boolean(),
  cardPresent: z.boolean(),
  fraud: z.boolean().optional(),
});

export default definePipeline({
  name: "card-fraud",
  event: transaction,
  id: (event) => event.transactionId,
  key: (event) => event.cardId,
  time: (event) => event.at,

  // They run for every event, so they are arithmetic alone: no Date, no allocation. A change here needs a new model.
  features: {
    logAmount: (event) => Math.log(event.amount),
    amountToAverage: (event) => event.amount / event.averageAmount,
    hour: (event) => (event.at / HOUR) % 24,
    weekday: (event) => Math.floor(event.at / (24 * HOUR) + 4) % 7,
    distanceKm: (event) => event.distanceKm,
    secondsSincePrevious: (event) => event.secondsSincePrevious,
    countLastHour: (event) => event.countLastHour,
    countLastDay: (event) => event.countLastDay,
    foreign: (event) => (event.foreign ? 1 : 0),
    cardPresent: (event) => (event.cardPresent ? 1 : 0),
    categoryRisk: (event) => CATEGORY_RISK[event.category],
    giftCard: (event) => (event.category === "gift-card" ? 1 : 0),
  },

  model: { file: "model.onnx", input: "features", outputs: { probabilities: { width: 2 } } },

  prediction: {
    /** Probability of fraud. */
    score: (output) => output.probabilities(1),
    flagged: (output) => output.probabilities(1) >= THRESHOLD,
  },

  quality: { truth: (event) => event.fraud, predicted: "flagged", score: "score" },

  actions: [{ name: "fraud-alert", when: (prediction) => prediction.score >= ALERT }],
});
