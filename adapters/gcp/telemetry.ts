import type { Telemetry, TelemetryEvent } from "../../shared/telemetry";
import { type BatchEvent, type LogTelemetryOptions, lineTelemetry, readBatch, sentenceOf } from "../log-lines";
import { fieldsOf } from "../look";

export type { LogTelemetryOptions } from "../log-lines";

/** What Cloud Logging takes for the entry's labels: metrics from logs can be split by them. */
const LABELS = "logging.googleapis.com/labels";

/**
 * Writes a line of JSON per batch, which Cloud Logging keeps as an entry with fields, and metrics read from there:
 * https://cloud.google.com/logging/docs/structured-logging. Retries and breakers are lines of severity WARNING. No line
 * holds payload.
 */
export function logTelemetry(options: LogTelemetryOptions = {}): Telemetry {
  return lineTelemetry(options, (event, time) => entryOf(event, time, options.pipeline));
}

/** Reads a batch's line back. Undefined if the line is something else. */
export function parseLog(line: string): BatchEvent | undefined {
  return readBatch(line, (field) => fieldsOf(field(LABELS))("pipeline"))?.event;
}

function entryOf(event: TelemetryEvent, time: string, own: string | undefined): object {
  const message = sentenceOf(event);
  if (event.type !== "batch") return { severity: "WARNING", time, message, ...labeled(own), ...event };
  const { pipeline, ...fields } = event;
  return { severity: "INFO", time, message, ...labeled(pipeline), ...fields };
}

function labeled(pipeline: string | undefined): object {
  return pipeline === undefined ? {} : { [LABELS]: { pipeline } };
}
