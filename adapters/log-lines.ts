import type { Clock } from "../shared/clock";
import { type Telemetry, type TelemetryEvent, TIMED_STAGES } from "../shared/telemetry";
import { fieldsOf, parsed } from "./look";
import { systemClock } from "./system";

export interface LogTelemetryOptions {
  /** Takes one line, with its line break. Default: standard output, which is a function's log. */
  write?: ((line: string) => void) | undefined;
  /** Named in the lines about retries and breakers, whose events do not say it. */
  pipeline?: string | undefined;
  clock?: Clock | undefined;
}

export type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

const COUNTERS = ["received", "stored", "duplicates", "deadLettered", "retried"] as const;

/** Writes each event as a line of JSON. */
export function lineTelemetry(
  { write = (line) => process.stdout.write(line), clock = systemClock }: LogTelemetryOptions,
  lineOf: (event: TelemetryEvent, time: string) => object,
): Telemetry {
  return (event) => void write(`${JSON.stringify(lineOf(event, new Date(clock.now()).toISOString()))}\n`);
}

/** An event as a sentence for who reads the log. */
export function sentenceOf(event: TelemetryEvent): string {
  if (event.type === "batch") return `batch: ${COUNTERS.map((name) => `${event[name]} ${name}`).join(", ")}`;
  if (event.type === "breaker") return `breaker: ${event.stage} is ${event.state}`;
  return `retry: ${event.stage} after ${event.code}, attempt ${event.attempt}`;
}

/** A batch's line, and whatever else stands in it. */
export interface BatchLine {
  event: BatchEvent;
  field(name: string): unknown;
}

/** Reads a batch's line back. Undefined if the line is something else. */
export function readBatch(line: string, pipelineOf: (field: BatchLine["field"]) => unknown): BatchLine | undefined {
  const field = fieldsOf(parsed(line));
  const [pipeline, partition, modelVersion] = [pipelineOf(field), field("partition"), field("modelVersion")];
  const [reasons, totalMs, endToEndMs] = [field("reasons"), field("totalMs"), field("endToEndMs")];
  if (field("type") !== "batch" || typeof reasons !== "object" || reasons === null) return undefined;
  if (typeof pipeline !== "string" || typeof partition !== "string" || typeof modelVersion !== "string")
    return undefined;
  const stage = fieldsOf(field("stages"));
  if (![...COUNTERS.map(field), ...TIMED_STAGES.map(stage), totalMs].every(Number.isFinite)) return undefined;
  const event: BatchEvent = {
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
  return { event, field };
}
