import type { LocalDatabase, LocalStats } from "../../adapters/local";
import { ERROR_CODES, type ErrorCode } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import type { ModelInfo } from "../../shared/ports";
import { type Baseline, lagOf } from "./identity";
import type { Produced } from "./produce";
import { type QualityReport, reportQuality } from "./quality";
import { LATENCY_NAMES, type LatencyName, type Quantiles, type Tally } from "./tally";

/** What a run ends with; the JSON of `sluice run --json`. Counts are those of the whole run, its earlier attempts included. */
export interface RunSummary {
  pipeline: string;
  pipelineVersion: string;
  modelVersion: string;
  /** What the pipeline ran on: `local`, or a cloud as in `aws (emulated)`. */
  platform: string;
  source: string;
  /** Events the source gave to this invocation. */
  received: number;
  /** Events that are durable, with those that were waiting in the log when the run began. */
  accepted: number;
  /** Of them, those that an earlier attempt of this run had sent. */
  alreadyAccepted: number;
  stored: number;
  deadLettered: { total: number; byReason: Partial<Record<ErrorCode, number>> };
  duplicates: number;
  /** Accepted and not processed; 0 unless the run was interrupted. */
  remaining: number;
  actions: number;
  conservation: Conservation;
  /** Events that this invocation has processed; the same as `accepted` unless there was an earlier attempt. */
  processed: number;
  /** Per second. */
  throughput: number;
  elapsedMs: number;
  startupMs: number;
  workers: number;
  partitions: number;
  /** Milliseconds that an event spends in each stage, together with its batch; null where nothing was timed. */
  latency: Record<LatencyName, Quantiles | null>;
  quality: QualityReport | null;
  database: string;
  report: string | null;
  startedAt: string;
  finishedAt: string;
  interrupted: boolean;
  /** The run had finished before: this is what it ended with then. */
  alreadyFinished: boolean;
}

/** Whether accepted = stored + duplicates + dead-lettered (+ remaining), and how that is known. */
export interface Conservation {
  holds: boolean;
  /**
   * `counted`: the workers counted each event once, and the database agrees. `audited`: after a crash, each event of the log was
   * looked up in the database. `open`: the run was interrupted, so nothing can be said yet.
   */
  method: "counted" | "audited" | "open";
  /** Events that are neither stored nor dead-lettered. */
  missing: number;
}

export interface SummaryParts {
  pipeline: Pipeline;
  model: ModelInfo;
  database: LocalDatabase;
  source: string;
  group: string;
  baseline: Baseline;
  produced: Produced;
  tally: Tally;
  /** Whether the workers' own counts are exact. */
  isExact: boolean;
  audit: () => Promise<number>;
  elapsedMs: number;
  startupMs: number;
  workers: number;
  report: string | null;
  finishedAt: number;
  interrupted: boolean;
}

export async function summarize(parts: SummaryParts): Promise<RunSummary> {
  const { pipeline, database, baseline, produced, tally } = parts;
  const stats = database.stats();
  const byReason = difference(stats.deadLetters, baseline.deadLetters);
  const deadLettered = Object.values(byReason).reduce((sum, count) => sum + count, 0);
  const stored = stats.predictions - baseline.predictions;
  const remaining = lagOf(stats, parts.group);
  const accepted = stats.events - baseline.events + baseline.waiting + produced.tooLong;
  // Each event that was processed is stored, dead-lettered, or was there already.
  const duplicates = accepted - remaining - stored - deadLettered;
  const counted = tally.dump();
  const processed = counted.received - counted.retried + produced.tooLong;
  return {
    pipeline: pipeline.name,
    pipelineVersion: pipeline.version,
    modelVersion: parts.model.version,
    platform: "local",
    source: parts.source,
    received: produced.received,
    accepted,
    alreadyAccepted: produced.alreadyAccepted,
    stored,
    deadLettered: { total: deadLettered, byReason },
    duplicates,
    remaining,
    actions: stats.actions - baseline.actions,
    conservation: await conserve(parts, { stored, duplicates, remaining }),
    processed,
    throughput: parts.elapsedMs > 0 ? (processed / parts.elapsedMs) * 1_000 : 0,
    elapsedMs: parts.elapsedMs,
    startupMs: parts.startupMs,
    workers: parts.workers,
    partitions: database.partitions,
    latency: latencies(pipeline, tally),
    quality: pipeline.quality ? reportQuality(database.quality(pipeline.quality)) : null,
    database: database.directory,
    report: parts.report,
    startedAt: new Date(baseline.at).toISOString(),
    finishedAt: new Date(parts.finishedAt).toISOString(),
    interrupted: parts.interrupted,
    alreadyFinished: false,
  };
}

async function conserve(
  parts: SummaryParts,
  { stored, duplicates, remaining }: { stored: number; duplicates: number; remaining: number },
): Promise<Conservation> {
  if (parts.interrupted) return { holds: duplicates >= 0, method: "open", missing: Math.max(0, -duplicates) };
  const counted = parts.tally.dump();
  const agrees = counted.stored === stored && counted.duplicates === duplicates && counted.retried === 0;
  if (parts.isExact && agrees && remaining === 0) return { holds: true, method: "counted", missing: 0 };
  const missing = remaining + (await parts.audit());
  return { holds: missing === 0 && duplicates >= 0, method: "audited", missing };
}

export function latencies(pipeline: Pipeline, tally: Tally): RunSummary["latency"] {
  const hasPart = (name: LatencyName) => name !== "actions" || pipeline.actions.length > 0;
  const entries = LATENCY_NAMES.map((name) => [name, (hasPart(name) ? tally.latency(name) : undefined) ?? null]);
  return Object.fromEntries(entries) as RunSummary["latency"];
}

function difference(now: LocalStats["deadLetters"], before: LocalStats["deadLetters"]): LocalStats["deadLetters"] {
  const result: LocalStats["deadLetters"] = {};
  for (const code of ERROR_CODES) {
    const count = (now[code] ?? 0) - (before[code] ?? 0);
    if (count !== 0) result[code] = count;
  }
  return result;
}
