import type { Telemetry } from "../../shared/telemetry";
import { type BatchEvent, type LogTelemetryOptions, lineTelemetry, readBatch, sentenceOf } from "../log-lines";
import { numberOf } from "../look";

export interface AzureTelemetryOptions extends LogTelemetryOptions {
  /** What the store has used of Cosmos DB since it was opened. A batch's line has what was used since the line before. */
  requestUnits?: (() => number) | undefined;
}

/** A batch's line, read back. */
export type LoggedBatch = BatchEvent & {
  /** What the process used of Cosmos DB since its line before. */
  requestUnits?: number;
};

/**
 * Writes a line of JSON per batch. The Functions host takes standard output for the app's log, so that Application Insights
 * has each line as the message of a trace, which queries take apart by `parse_json`. Retries and breakers are lines of
 * level WARN. No line holds payload.
 */
export function logTelemetry(options: AzureTelemetryOptions = {}): Telemetry {
  const { pipeline, requestUnits } = options;
  let before = 0;
  const used = () => {
    if (requestUnits === undefined) return {};
    const sum = requestUnits();
    // Cosmos DB counts to the hundredth; sums of such numbers have tails.
    const difference = Math.round((sum - before) * 100) / 100;
    before = sum;
    return { requestUnits: difference };
  };
  return lineTelemetry(options, (event, time) => {
    const message = sentenceOf(event);
    return event.type === "batch"
      ? { level: "INFO", time, message, ...event, ...used() }
      : { level: "WARN", time, message, pipeline, ...event };
  });
}

/** Reads a batch's line back. Undefined if the line is something else. */
export function parseLog(line: string): LoggedBatch | undefined {
  const batch = readBatch(line, (field) => field("pipeline"));
  if (batch === undefined) return undefined;
  const requestUnits = numberOf(batch.field("requestUnits"));
  return { ...batch.event, ...(requestUnits === undefined ? {} : { requestUnits }) };
}
