import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { ERROR_CODES, type TelemetryEvent } from "sluice";
import { type AzureTelemetryOptions, logTelemetry, parseLog } from "../../../../adapters/azure/telemetry";
import { manualClock } from "../../../support/manual-clock";

type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

const START = Date.UTC(2026, 0, 1);

const batch: BatchEvent = {
  type: "batch",
  partition: "3",
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
  it("is one line of JSON with all that is known of it", () => {
    const [line, ...rest] = linesOf([batch]);

    expect(rest).toEqual([]);
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line!)).toEqual({
      level: "INFO",
      time: "2026-01-01T00:00:00.000Z",
      message: "batch: 10 received, 6 stored, 1 duplicates, 2 deadLettered, 1 retried",
      ...batch,
    });
  });

  it("says what was used of Cosmos DB since the line before", () => {
    let sum = 0;
    const lines = linesOf([batch, batch, batch], { requestUnits: () => (sum += 5.71) });

    expect(lines.map((line) => parseLog(line)?.requestUnits)).toEqual([5.71, 5.71, 5.71]);
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
        expect(parseLog(linesOf([written])[0]!)).toEqual(written);
      }),
    );
  });
});

describe("retries and breakers", () => {
  it("are lines of level WARN, which say whose they are", () => {
    const lines = linesOf(
      [
        { type: "retry", stage: "infer", code: "throttled", attempt: 1, delayMs: 120 },
        { type: "breaker", stage: "store", state: "open" },
      ],
      { pipeline: "churn", requestUnits: () => 5 },
    );

    const common = { level: "WARN", time: "2026-01-01T00:00:00.000Z", pipeline: "churn" };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        ...common,
        message: "retry: infer after throttled, attempt 1",
        ...{ type: "retry", stage: "infer", code: "throttled", attempt: 1, delayMs: 120 },
      },
      { ...common, message: "breaker: store is open", type: "breaker", stage: "store", state: "open" },
    ]);
    expect(lines.map(parseLog)).toEqual([undefined, undefined]);
  });
});

describe("a line of something else", () => {
  it.each(["", "Starting", "{", "null", "1", "[]", "{}", '{"type":"batch"}', '{"type":"batch","pipeline":1}'])(
    "is none of a batch: %s",
    (line) => {
      expect(parseLog(line)).toBeUndefined();
    },
  );

  it("is none of a batch where any part is missing or has another type", () => {
    const document = JSON.parse(linesOf([batch])[0]!);

    const needless = ["endToEndMs", "level", "time", "message"];
    for (const name of Object.keys(document).filter((name) => !needless.includes(name)))
      for (const odd of [undefined, null, true])
        expect([name, parseLog(JSON.stringify({ ...document, [name]: odd }))]).toEqual([name, undefined]);
  });
});

function linesOf(events: readonly TelemetryEvent[], options: AzureTelemetryOptions = {}): string[] {
  const lines: string[] = [];
  const telemetry = logTelemetry({
    write: (line) => void lines.push(line),
    clock: manualClock({ start: START }),
    ...options,
  });
  for (const event of events) telemetry(event);
  return lines;
}
