import { describe, expect, it } from "@jest/globals";
import { reportQuality } from "../../../../cli/run/quality";

const NOTHING = { labelled: 0, correct: 0, confusion: [], scores: undefined, auc: undefined };

describe("the quality of a model", () => {
  it("has precision, recall and F1 where the truth is yes or no", () => {
    const confusion = [
      { truth: 1, predicted: 1, count: 30 },
      { truth: 1, predicted: 0, count: 10 },
      { truth: 0, predicted: 1, count: 20 },
      { truth: 0, predicted: 0, count: 40 },
    ];

    const report = reportQuality({ ...NOTHING, labelled: 100, correct: 70, confusion, auc: 0.8 });

    expect(report).toMatchObject({ accuracy: 0.7, precision: 0.6, recall: 0.75, rocAuc: 0.8 });
    expect(report.f1).toBeCloseTo(2 / 3);
  });

  it("has accuracy alone where there are several classes", () => {
    const confusion = [
      { truth: 2, predicted: 2, count: 3 },
      { truth: 1, predicted: 2, count: 1 },
    ];

    const report = reportQuality({ ...NOTHING, labelled: 4, correct: 3, confusion });

    expect(report).toMatchObject({ accuracy: 0.75, precision: null, recall: null, f1: null, rocAuc: null });
  });

  it("says nothing where no event carried the truth", () => {
    expect(reportQuality(NOTHING)).toMatchObject({ labelled: 0, accuracy: null, precision: null, recall: null });
  });

  it("has no accuracy where the prediction is not a class", () => {
    expect(reportQuality({ ...NOTHING, labelled: 5_000, confusion: undefined })).toMatchObject({ accuracy: null });
  });
});
