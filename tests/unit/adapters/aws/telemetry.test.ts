import { describe, expect, it } from "@jest/globals";
import type { TelemetryEvent } from "sluice";
import { emfTelemetry, parseEmf } from "../../../../adapters/aws/telemetry";
import { batch, batchLines, breaker, linesOf, retry, START } from "../suites/batch-lines";

describe("a batch", () => {
  it("is one line in the embedded metric format", () => {
    const [line] = emf([batch]);

    expect(JSON.parse(line!)).toMatchObject({
      _aws: { Timestamp: START, CloudWatchMetrics: [{ Namespace: "Sluice", Dimensions: [["pipeline"]] }] },
      ...{ pipeline: "churn", partition: "3", modelVersion: "abc", reasons: batch.reasons },
      ...{ Received: 10, Stored: 6, Duplicates: 1, DeadLettered: 2, Retried: 1 },
      ...{ DecodeMs: 1.5, InferMs: 2.25, StoreMs: 3, ActionsMs: 0, DeadletterMs: 4, TotalMs: 12.5, EndToEndMs: 250 },
    });
  });

  it.each([250, undefined])("declares exactly the metrics that it holds, as numbers (end to end: %s)", (endToEndMs) => {
    const [line] = emf([{ ...batch, endToEndMs }]);

    const document = JSON.parse(line!);
    const metrics: { Name: string; Unit: string }[] = document._aws.CloudWatchMetrics[0].Metrics;
    const numbers = Object.keys(document).filter((name) => typeof document[name] === "number");
    expect(metrics.map(({ Name }) => Name).sort()).toEqual(numbers.sort());
    for (const { Name, Unit } of metrics) expect(Unit).toBe(Name.endsWith("Ms") ? "Milliseconds" : "Count");
    expect(numbers.includes("EndToEndMs")).toBe(endToEndMs !== undefined);
  });

  it("has a namespace of the user's choice", () => {
    const [line] = emf([batch], { namespace: "Mine" });

    expect(JSON.parse(line!)._aws.CloudWatchMetrics[0].Namespace).toBe("Mine");
  });
});

describe("retries and breakers", () => {
  it("are plain lines of level WARN", () => {
    const lines = emf([retry, breaker], { pipeline: "churn" });

    const common = { level: "WARN", timestamp: "2026-01-01T00:00:00.000Z", pipeline: "churn" };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...common, ...retry },
      { ...common, ...breaker },
    ]);
  });
});

batchLines({
  writing: emfTelemetry,
  parse: parseEmf,
  almost: ["START RequestId: 1", '{"_aws":{}}', '{"_aws":{},"type":"batch"}'],
  needless: ["EndToEndMs", "level", "_aws"],
});

describe("a line of a batch without metrics", () => {
  it("is none of ours", () => {
    const { _aws, ...document } = JSON.parse(emf([batch])[0]!);

    expect(parseEmf(JSON.stringify(document))).toBeUndefined();
  });
});

function emf(events: readonly TelemetryEvent[], options: { namespace?: string; pipeline?: string } = {}): string[] {
  return linesOf((common) => emfTelemetry({ ...common, ...options }), events);
}
