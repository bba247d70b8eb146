import { describe, expect, it } from "@jest/globals";
import { type Batch, decide } from "../../../../../emulators/aws/event-source-mapping/policy";
import {
  type EventSourceMappingSettings,
  resolveSettings,
} from "../../../../../emulators/aws/event-source-mapping/settings";

const settings = (overrides: Partial<EventSourceMappingSettings> = {}) =>
  resolveSettings({ startingPosition: "LATEST", maximumRetryAttempts: 2, ...overrides });
const bisecting = settings({ bisectBatchOnFunctionError: true });
const FAILED = { kind: "failed", functionError: true } as const;

function batch(count: number, overrides: Partial<Batch> = {}): Batch {
  const records = Array.from({ length: count }, (_, i) => ({
    sequenceNumber: String(i),
    partitionKey: "k",
    data: new Uint8Array(0),
    arrivedAt: 0,
  }));
  return { records, retries: 0, invocations: 0, ...overrides };
}

const numbers = ({ records }: Pick<Batch, "records">) => records.map(({ sequenceNumber }) => Number(sequenceNumber));

describe("what follows from an invocation", () => {
  it("a success is done", () => {
    const verdict = decide(batch(3), { kind: "success" }, settings());

    expect(numbers({ records: verdict.done })).toEqual([0, 1, 2]);
    expect(verdict.again).toEqual([]);
  });

  it("a failed batch is retried whole, after a wait", () => {
    const verdict = decide(batch(3), FAILED, settings());

    expect(verdict.again.map(numbers)).toEqual([[0, 1, 2]]);
    expect(verdict.again[0]).toMatchObject({ retries: 1, invocations: 1 });
    expect(verdict.wait).toBe(true);
  });

  it("a batch without retries left is given up", () => {
    const verdict = decide(batch(3, { retries: 2 }), FAILED, settings());

    expect(numbers({ records: verdict.exhausted })).toEqual([0, 1, 2]);
    expect(verdict.again).toEqual([]);
  });

  it("a batch with endless retries is never given up", () => {
    const verdict = decide(batch(1, { retries: 1e9 }), FAILED, settings({ maximumRetryAttempts: -1 }));

    expect(verdict.exhausted).toEqual([]);
    expect(verdict.again).toHaveLength(1);
  });

  it("a throttle uses up no retry and counts as no invocation", () => {
    const verdict = decide(batch(3, { retries: 2 }), { kind: "not-invoked" }, bisecting);

    expect(verdict.again).toEqual([batch(3, { retries: 2 })]);
    expect(verdict.wait).toBe(true);
  });

  it("after a partial answer only the records from the lowest failed one on come again, which uses up a retry", () => {
    const verdict = decide(batch(4), { kind: "partial", from: 2 }, settings());

    expect(numbers({ records: verdict.done })).toEqual([0, 1]);
    expect(verdict.again.map(numbers)).toEqual([[2, 3]]);
    expect(verdict.again[0]?.retries).toBe(1);
  });

  it("bisecting halves a failed batch without using up a retry", () => {
    const verdict = decide(batch(5, { retries: 2 }), FAILED, bisecting);

    expect(verdict.again.map(numbers)).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(verdict.again.map(({ retries }) => retries)).toEqual([2, 2]);
    expect(verdict.exhausted).toEqual([]);
  });

  it("bisecting leaves a single record to the retries", () => {
    const verdict = decide(batch(1), FAILED, bisecting);

    expect(verdict.again.map(({ retries }) => retries)).toEqual([1]);
  });

  it("bisecting cuts at the returned sequence number, and only the remaining records come again", () => {
    const verdict = decide(batch(5), { kind: "partial", from: 2 }, bisecting);

    expect(numbers({ records: verdict.done })).toEqual([0, 1]);
    expect(verdict.again.map(numbers)).toEqual([[2], [3, 4]]);
    expect(verdict.again.map(({ retries }) => retries)).toEqual([0, 0]);
  });
});
