import { describe, expect, it } from "@jest/globals";
import { logTelemetry, parseLog } from "../../../../adapters/azure/telemetry";
import { batch, batchLines, breaker, linesOf, retry } from "../suites/batch-lines";

describe("a batch", () => {
  it("is one line of JSON with all that is known of it", () => {
    const [line] = linesOf(logTelemetry, [batch]);

    expect(JSON.parse(line!)).toEqual({
      level: "INFO",
      time: "2026-01-01T00:00:00.000Z",
      message: "batch: 10 received, 6 stored, 1 duplicates, 2 deadLettered, 1 retried",
      ...batch,
    });
  });

  it("says what was used of Cosmos DB since the line before", () => {
    let sum = 0;
    const requestUnits = () => (sum += 5.71);

    const lines = linesOf((options) => logTelemetry({ ...options, requestUnits }), [batch, batch, batch]);

    expect(lines.map((line) => parseLog(line)?.requestUnits)).toEqual([5.71, 5.71, 5.71]);
  });
});

describe("retries and breakers", () => {
  it("are lines of level WARN, which say whose they are", () => {
    const lines = linesOf(
      (options) => logTelemetry({ ...options, pipeline: "churn", requestUnits: () => 5 }),
      [retry, breaker],
    );

    const common = { level: "WARN", time: "2026-01-01T00:00:00.000Z", pipeline: "churn" };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...common, message: "retry: infer after throttled, attempt 1", ...retry },
      { ...common, message: "breaker: store is open", ...breaker },
    ]);
  });
});

batchLines({
  writing: logTelemetry,
  parse: parseLog,
  almost: ['{"type":"batch","pipeline":1}'],
  needless: ["endToEndMs", "level", "time", "message"],
});
