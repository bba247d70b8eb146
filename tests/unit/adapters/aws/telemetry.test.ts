import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { ERROR_CODES, type TelemetryEvent } from "sluice";
import { emfTelemetry, parseEmf } from "../../../../adapters/aws/telemetry";
import { manualClock } from "../../../support/manual-clock";

type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

const START = Date.UTC(2026, 0, 1);

const batch: BatchEvent = {
  type: "batch",
  partition: "shardId-000000000000",
  received: 10,
  stored: 6,
  duplicates: 1,
  deadLettered: 2,
  retried: 1,
  reasons: { json: 1, schema: 1 },
  stages: { decode: 1.5, infer: 2.25, store: 3, actions: 0, deadletter: 4 },
  totalMs: 12.5,
  endToEndMs: 250,
  modelVersion: "abc",
  pipeline: "churn",
};

describe("a batch", () => {
  it("is one line in the embedded metric format", () => {
    const [line, ...rest] = linesOf([batch]);

    expect(rest).toEqual([]);
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line!)).toMatchObject({
      _aws: { Timestamp: START, CloudWatchMetrics: [{ Namespace: "Sluice", Dimensions: [["pipeline"]] }] },
      ...{ pipeline: "churn", partition: "shardId-000000000000", modelVersion: "abc", reasons: batch.reasons },
      ...{ Received: 10, Stored: 6, Duplicates: 1, DeadLettered: 2, Retried: 1 },
      ...{ DecodeMs: 1.5, InferMs: 2.25, StoreMs: 3, ActionsMs: 0, DeadletterMs: 4, TotalMs: 12.5, EndToEndMs: 250 },
    });
  });

  it.each([250, undefined])("declares exactly the metrics that it holds, as numbers (end to end: %s)", (endToEndMs) => {
    const [line] = linesOf([{ ...batch, endToEndMs }]);

    const document = JSON.parse(line!);
    const metrics: { Name: string; Unit: string }[] = document._aws.CloudWatchMetrics[0].Metrics;
    const numbers = Object.keys(document).filter((name) => typeof document[name] === "number");
    expect(metrics.map(({ Name }) => Name).sort()).toEqual(numbers.sort());
    for (const { Name, Unit } of metrics) expect(Unit).toBe(Name.endsWith("Ms") ? "Milliseconds" : "Count");
    expect(numbers.includes("EndToEndMs")).toBe(endToEndMs !== undefined);
  });

  it("has a namespace of the user's choice", () => {
    const [line] = linesOf([batch], { namespace: "Mine" });

    expect(JSON.parse(line!)._aws.CloudWatchMetrics[0].Namespace).toBe("Mine");
  });

  it("is read back exactly, whatever it held", () => {
    const count = fc.nat();
    const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
    const event: fc.Arbitrary<BatchEvent> = fc.record({
      type: fc.constant("batch" as const),
      partition: fc.string(),
      ...{ received: count, stored: count, duplicates: count, deadLettered: count, retried: count },
      reasons: fc.dictionary(fc.constantFrom(...ERROR_CODES), count, { noNullPrototype: true }),
      stages: fc.record({ decode: ms, infer: ms, store: ms, actions: ms, deadletter: ms }),
      totalMs: ms,
      endToEndMs: fc.option(ms, { nil: undefined }),
      modelVersion: fc.string(),
      pipeline: fc.string(),
    });

    fc.assert(
      fc.property(event, (written) => {
        expect(parseEmf(linesOf([written])[0]!)).toEqual(written);
      }),
    );
  });
});

describe("retries and breakers", () => {
  it("are plain lines of level WARN", () => {
    const lines = linesOf(
      [
        { type: "retry", stage: "infer", code: "throttled", attempt: 1, delayMs: 120 },
        { type: "breaker", stage: "store", state: "open" },
      ],
      { pipeline: "churn" },
    );

    const common = { level: "WARN", timestamp: "2026-01-01T00:00:00.000Z", pipeline: "churn" };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...common, type: "retry", stage: "infer", code: "throttled", attempt: 1, delayMs: 120 },
      { ...common, type: "breaker", stage: "store", state: "open" },
    ]);
    expect(lines.map(parseEmf)).toEqual([undefined, undefined]);
  });
});

describe("a line of something else", () => {
  it.each(["", "START RequestId: 1", "{", "null", "1", "[]", "{}", '{"_aws":{}}', '{"_aws":{},"type":"batch"}'])(
    "is none of a batch: %s",
    (line) => {
      expect(parseEmf(line)).toBeUndefined();
    },
  );

  it("is none of a batch where any part is missing or has another type", () => {
    const document = JSON.parse(linesOf([batch])[0]!);

    for (const name of Object.keys(document).filter((name) => !["EndToEndMs", "level"].includes(name)))
      for (const odd of [undefined, null, true])
        if (name !== "_aws" || odd === undefined)
          expect([name, parseEmf(JSON.stringify({ ...document, [name]: odd }))]).toEqual([name, undefined]);
  });
});

function linesOf(events: readonly TelemetryEvent[], options: { namespace?: string; pipeline?: string } = {}): string[] {
  const lines: string[] = [];
  const telemetry = emfTelemetry({
    write: (line) => void lines.push(line),
    clock: manualClock({ start: START }),
    ...options,
  });
  for (const event of events) telemetry(event);
  return lines;
}
