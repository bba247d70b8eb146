import type { ErrorCode, Stage } from "./errors";

/** The timed parts of a batch. */
export type TimedStage = "decode" | "infer" | "store" | "actions" | "deadletter";

export const TIMED_STAGES: readonly TimedStage[] = ["decode", "infer", "store", "actions", "deadletter"];

/** One event per batch, never per record, and never any payload. */
export type TelemetryEvent =
  | {
      type: "batch";
      partition: string;
      /** Events in the batch; `received = stored + duplicates + deadLettered + retried`. */
      received: number;
      stored: number;
      duplicates: number;
      deadLettered: number;
      retried: number;
      /** Dead letters of this batch by code. */
      reasons: Readonly<Partial<Record<ErrorCode, number>>>;
      /** Time spent per stage, milliseconds. */
      stages: Readonly<Record<TimedStage, number>>;
      totalMs: number;
      /** From packing to done of the oldest event, milliseconds; undefined where the source does not say. */
      endToEndMs: number | undefined;
      modelVersion: string;
      pipeline: string;
    }
  | { type: "retry"; stage: Stage; code: ErrorCode; attempt: number; delayMs: number }
  | { type: "breaker"; stage: Stage; state: "open" | "half-open" | "closed" };

export type Telemetry = (event: TelemetryEvent) => void;

export const silent: Telemetry = () => {};
