import type { Clock } from "../../shared/clock";
import { type Telemetry, type TelemetryEvent, TIMED_STAGES } from "../../shared/telemetry";
import { fieldsOf } from "../look";
import { systemClock } from "../system";

export interface LogTelemetryOptions {
  /** Takes one line, with its line break. Default: standard output, which is a function's log. */
  write?: ((line: string) => void) | undefined;
  /** Named in the lines about retries and breakers, whose events do not say it. */
  pipeline?: string | undefined;
  clock?: Clock | undefined;
}

type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

const COUNTERS = ["received", "stored", "duplicates", "deadLettered", "retried"] as const;

/** What Cloud Logging takes for the entry's labels: metrics from logs can be split by them. */
const LABELS = "logging.googleapis.com/labels";

/**
 * Writes a line of JSON per batch, which Cloud Logging keeps as an entry with fields, and metrics read from there:
 * https://cloud.google.com/logging/docs/structured-logging. Retries and breakers are lines of severity WARNING. No line
 * holds payload.
 */
export function logTelemetry(options: LogTelemetryOptions = {}): Telemetry {
  const { pipeline, clock = systemClock } = options;
  const write = options.write ?? ((line: string) => process.stdout.write(line));
  return (event) => {
    const time = new Date(clock.now()).toISOString();
    const line =
      event.type === "batch"
        ? batchLine(event, time)
        : { severity: "WARNING", time, message: sentence(event), ...labeled(pipeline), ...event };
    write(`${JSON.stringify(line)}\n`);
  };
}

/** Reads a batch's line back. Undefined if the line is something else. */
export function parseLog(line: string): BatchEvent | undefined {
  const field = fieldsOf(parsed(line));
  const [pipeline, partition, modelVersion] = [
    fieldsOf(field(LABELS))("pipeline"),
    field("partition"),
    field("modelVersion"),
  ];
  const [reasons, stages, totalMs, endToEndMs] = [
    field("reasons"),
    field("stages"),
    field("totalMs"),
    field("endToEndMs"),
  ];
  if (field("type") !== "batch" || typeof reasons !== "object" || reasons === null) return undefined;
  if (typeof pipeline !== "string" || typeof partition !== "string" || typeof modelVersion !== "string")
    return undefined;
  const stage = fieldsOf(stages);
  if (![...COUNTERS.map(field), ...TIMED_STAGES.map(stage), totalMs].every(Number.isFinite)) return undefined;
  return {
    type: "batch",
    pipeline,
    partition,
    ...(Object.fromEntries(COUNTERS.map((name) => [name, field(name)])) as Pick<BatchEvent, (typeof COUNTERS)[number]>),
    reasons,
    stages: Object.fromEntries(TIMED_STAGES.map((name) => [name, stage(name)])) as BatchEvent["stages"],
    totalMs: totalMs as number,
    endToEndMs: typeof endToEndMs === "number" ? endToEndMs : undefined,
    modelVersion,
  };
}

function batchLine({ pipeline, ...fields }: BatchEvent, time: string): object {
  const message = `batch: ${COUNTERS.map((name) => `${fields[name]} ${name}`).join(", ")}`;
  return { severity: "INFO", time, message, ...labeled(pipeline), ...fields };
}

function labeled(pipeline: string | undefined): object {
  return pipeline === undefined ? {} : { [LABELS]: { pipeline } };
}

function sentence(event: Exclude<TelemetryEvent, BatchEvent>): string {
  if (event.type === "breaker") return `breaker: ${event.stage} is ${event.state}`;
  return `retry: ${event.stage} after ${event.code}, attempt ${event.attempt}`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
