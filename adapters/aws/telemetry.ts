import type { Clock } from "../../shared/clock";
import { type Telemetry, type TelemetryEvent, TIMED_STAGES, type TimedStage } from "../../shared/telemetry";
import { systemClock } from "../system";

export interface EmfTelemetryOptions {
  /** Takes one line, with its line break. Default: standard output, which is a function's log. */
  write?: ((line: string) => void) | undefined;
  /** Of the metrics. Default `Sluice`. */
  namespace?: string | undefined;
  /** Named in the lines about retries and breakers, whose events do not say it. */
  pipeline?: string | undefined;
  clock?: Clock | undefined;
}

type BatchEvent = Extract<TelemetryEvent, { type: "batch" }>;

type Counter = "received" | "stored" | "duplicates" | "deadLettered" | "retried";

const COUNTERS: readonly (readonly [metric: string, field: Counter])[] = [
  ["Received", "received"],
  ["Stored", "stored"],
  ["Duplicates", "duplicates"],
  ["DeadLettered", "deadLettered"],
  ["Retried", "retried"],
];

const STAGE_METRICS: readonly (readonly [metric: string, stage: TimedStage])[] = TIMED_STAGES.map((stage) => [
  `${stage.charAt(0).toUpperCase()}${stage.slice(1)}Ms`,
  stage,
]);

const METRICS = [
  ...COUNTERS.map(([Name]) => ({ Name, Unit: "Count" })),
  ...[...STAGE_METRICS.map(([name]) => name), "TotalMs"].map((Name) => ({ Name, Unit: "Milliseconds" })),
];
const END_TO_END = { Name: "EndToEndMs", Unit: "Milliseconds" };

/**
 * Writes a line per batch in CloudWatch's embedded metric format, which its logs turn into metrics by pipeline without a
 * call: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * Retries and breakers are plain lines of level WARN. No line holds payload.
 */
export function emfTelemetry(options: EmfTelemetryOptions = {}): Telemetry {
  const { namespace = "Sluice", pipeline, clock = systemClock } = options;
  const write = options.write ?? ((line: string) => process.stdout.write(line));
  return (event) => {
    const line =
      event.type === "batch"
        ? metricsLine(event, namespace, clock.now())
        : { level: "WARN", timestamp: new Date(clock.now()).toISOString(), pipeline, ...event };
    write(`${JSON.stringify(line)}\n`);
  };
}

/** Reads a batch's line back. Undefined if the line is something else. */
export function parseEmf(line: string): BatchEvent | undefined {
  const fields = fieldsOf(line);
  if (fields === undefined || fields["_aws"] === undefined || fields["type"] !== "batch") return undefined;
  const { pipeline, partition, modelVersion, reasons, TotalMs, EndToEndMs } = fields;
  const numbers = [...COUNTERS, ...STAGE_METRICS].map(([metric]) => fields[metric]);
  if (typeof pipeline !== "string" || typeof partition !== "string" || typeof modelVersion !== "string")
    return undefined;
  if (![...numbers, TotalMs].every(Number.isFinite) || typeof reasons !== "object" || reasons === null)
    return undefined;
  return {
    type: "batch",
    pipeline,
    partition,
    ...(Object.fromEntries(COUNTERS.map(([metric, field]) => [field, fields[metric]])) as Record<Counter, number>),
    reasons,
    stages: Object.fromEntries(STAGE_METRICS.map(([metric, stage]) => [stage, fields[metric]])) as BatchEvent["stages"],
    totalMs: TotalMs as number,
    endToEndMs: typeof EndToEndMs === "number" ? EndToEndMs : undefined,
    modelVersion,
  };
}

function metricsLine(event: BatchEvent, namespace: string, now: number): object {
  const { type, pipeline, partition, modelVersion, reasons, stages, totalMs, endToEndMs } = event;
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [["pipeline"]],
          // A metric that is declared must be there.
          Metrics: endToEndMs === undefined ? METRICS : [...METRICS, END_TO_END],
        },
      ],
    },
    ...{ level: "INFO", type, pipeline, partition, modelVersion, reasons },
    ...Object.fromEntries(COUNTERS.map(([metric, field]) => [metric, event[field]])),
    ...Object.fromEntries(STAGE_METRICS.map(([metric, stage]) => [metric, stages[stage]])),
    TotalMs: totalMs,
    EndToEndMs: endToEndMs,
  };
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
