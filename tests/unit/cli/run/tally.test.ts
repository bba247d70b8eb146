import { describe, expect, it } from "@jest/globals";
import { createTally } from "../../../../cli/run/tally";
import type { TelemetryEvent } from "../../../../shared/telemetry";

type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

describe("the tally of a worker", () => {
  it("adds up batches", () => {
    const tally = createTally();

    tally.telemetry(batch({ received: 10, stored: 7, duplicates: 1, deadLettered: 2, reasons: { json: 2 } }));
    tally.telemetry(batch({ received: 5, stored: 4, deadLettered: 1, reasons: { json: 1 } }));

    expect(tally.dump()).toMatchObject({ batches: 2, received: 15, stored: 11, duplicates: 1, reasons: { json: 3 } });
  });

  it("weighs a stage's time with the events that spent it, and leaves out batches without that stage", () => {
    const tally = createTally();

    tally.telemetry(batch({ received: 99, stages: { ...NO_TIME, decode: 1 } }));
    tally.telemetry(batch({ received: 1, stages: { ...NO_TIME, decode: 100, deadletter: 8 } }));

    expect(tally.latency("decode")?.p95).toBeCloseTo(1, 1);
    expect(tally.latency("deadletter")?.p50).toBeCloseTo(8, 0);
    expect(tally.latency("actions")).toBeUndefined();
  });

  it("is the same after it went to another process", () => {
    const tally = createTally();
    const other = createTally();
    tally.telemetry(batch({ received: 10, stored: 10, endToEndMs: 12, stages: { ...NO_TIME, infer: 3 } }));

    other.merge(JSON.parse(JSON.stringify(tally.dump())));

    expect(other.dump()).toEqual(tally.dump());
    expect(other.latency("endToEnd")).toEqual(tally.latency("endToEnd"));
  });
});

const NO_TIME = { decode: 0, infer: 0, store: 0, actions: 0, deadletter: 0 };

function batch(fields: Partial<BatchEvent>): BatchEvent {
  return {
    type: "batch",
    partition: "0",
    received: 1,
    stored: 0,
    duplicates: 0,
    deadLettered: 0,
    retried: 0,
    reasons: {},
    stages: NO_TIME,
    totalMs: 1,
    endToEndMs: undefined,
    modelVersion: "m",
    pipeline: "p",
    ...fields,
  };
}
