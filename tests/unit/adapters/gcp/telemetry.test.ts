import { describe, expect, it } from "@jest/globals";
import { logTelemetry, parseLog } from "../../../../adapters/gcp/telemetry";
import { batch, batchLines, breaker, linesOf, retry } from "../suites/batch-lines";

const LABELS = "logging.googleapis.com/labels";

describe("a batch", () => {
  it("is one line that Cloud Logging reads: severity, time, a sentence, labels and fields", () => {
    const [line] = linesOf(logTelemetry, [batch]);

    const { pipeline, ...fields } = batch;
    expect(JSON.parse(line!)).toEqual({
      severity: "INFO",
      time: "2026-01-01T00:00:00.000Z",
      message: "batch: 10 received, 6 stored, 1 duplicates, 2 deadLettered, 1 retried",
      [LABELS]: { pipeline },
      ...fields,
    });
  });
});

describe("retries and breakers", () => {
  it("are lines of severity WARNING", () => {
    const lines = linesOf((options) => logTelemetry({ ...options, pipeline: "churn" }), [retry, breaker]);

    const common = { severity: "WARNING", time: "2026-01-01T00:00:00.000Z", [LABELS]: { pipeline: "churn" } };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...common, message: "retry: infer after throttled, attempt 1", ...retry },
      { ...common, message: "breaker: store is open", ...breaker },
    ]);
  });

  it("have no labels where nobody says whose they are", () => {
    const [line] = linesOf(logTelemetry, [breaker]);

    expect(JSON.parse(line!)).not.toHaveProperty([LABELS]);
  });
});

batchLines({
  writing: logTelemetry,
  parse: parseLog,
  almost: [`{"type":"batch","${LABELS}":1}`],
  needless: ["endToEndMs", "severity", "time", "message"],
});
