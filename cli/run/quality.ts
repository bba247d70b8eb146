import type { Quality } from "../../adapters/local";

/** How good the stored predictions are, where events carried the truth. Undefined quantities are null, as JSON has them. */
export interface QualityReport {
  labelled: number;
  accuracy: number | null;
  /** Of the events predicted positive (1 or true), the share that is. Null unless the truth is yes or no. */
  precision: number | null;
  /** Of the positive events, the share that was found. */
  recall: number | null;
  f1: number | null;
  rocAuc: number | null;
  confusion: Quality["confusion"] | null;
  scores: Quality["scores"] | null;
}

export function reportQuality({ labelled, correct, confusion, scores, auc }: Quality): QualityReport {
  const isBinary = confusion?.every(({ truth, predicted }) => isBit(truth) && isBit(predicted)) === true;
  const cell = (truth: number, predicted: number) =>
    confusion?.find((one) => one.truth === truth && one.predicted === predicted)?.count ?? 0;
  const precision = isBinary ? ratio(cell(1, 1), cell(1, 1) + cell(0, 1)) : null;
  const recall = isBinary ? ratio(cell(1, 1), cell(1, 1) + cell(1, 0)) : null;
  const sum = (precision ?? 0) + (recall ?? 0);
  return {
    labelled,
    accuracy: confusion ? ratio(correct, labelled) : null,
    precision,
    recall,
    f1: precision === null || recall === null || sum === 0 ? null : (2 * precision * recall) / sum,
    rocAuc: auc ?? null,
    confusion: confusion ?? null,
    scores: scores ?? null,
  };
}

function isBit(value: unknown): boolean {
  return value === 0 || value === 1;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
