import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type Clock, ERROR_CODES, type Telemetry, type TelemetryEvent } from "sluice";
import { manualClock } from "../../../support/manual-clock";

type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

/** When every line is written. */
export const START = Date.UTC(2026, 0, 1);

export const batch: BatchEvent = {
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

export const retry = { type: "retry", stage: "infer", code: "throttled", attempt: 1, delayMs: 120 } as const;
export const breaker = { type: "breaker", stage: "store", state: "open" } as const;

/** Any batch there can be. */
function anyBatch(): fc.Arbitrary<BatchEvent> {
  const count = fc.nat();
  const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
  return fc.record({
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
}

type Writing = (options: { write: (line: string) => void; clock: Clock }) => Telemetry;

/** What telemetry writes for these events. */
export function linesOf(writing: Writing, events: readonly TelemetryEvent[]): string[] {
  const lines: string[] = [];
  const telemetry = writing({ write: (line) => void lines.push(line), clock: manualClock({ start: START }) });
  for (const event of events) telemetry(event);
  return lines;
}

export interface BatchLinesSubject {
  writing: Writing;
  parse: (line: string) => BatchEvent | undefined;
  /** Lines of no batch that are close to one. */
  almost: readonly string[];
  /** Fields of a batch's line that it is read without. */
  needless: readonly string[];
}

/** What holds for every log in which batches are found again. */
export function batchLines({ writing, parse, almost, needless }: BatchLinesSubject): void {
  describe("a line of a batch", () => {
    it("is the only one of its batch, and ends where the line does", () => {
      const [line, ...rest] = linesOf(writing, [batch]);

      expect(rest).toEqual([]);
      expect(line).toMatch(/^[^\n]+\n$/);
    });

    it("is read back exactly, whatever it held", () => {
      fc.assert(
        fc.property(anyBatch(), (written) => {
          expect(parse(linesOf(writing, [written])[0]!)).toEqual(written);
        }),
      );
    });
  });

  describe("a line of something else", () => {
    it.each(["", "Starting", "{", "null", "1", "[]", "{}", '{"type":"batch"}', ...almost])(
      "is none of a batch: %s",
      (line) => {
        expect(parse(line)).toBeUndefined();
      },
    );

    it("is none of a batch where it tells of a retry or a breaker", () => {
      expect(linesOf(writing, [retry, breaker]).map(parse)).toEqual([undefined, undefined]);
    });

    it("is none of a batch where any part is missing or has another type", () => {
      const document = JSON.parse(linesOf(writing, [batch])[0]!);

      for (const name of Object.keys(document).filter((name) => !needless.includes(name)))
        for (const odd of [undefined, null, true])
          expect([name, parse(JSON.stringify({ ...document, [name]: odd }))]).toEqual([name, undefined]);
    });
  });
}
