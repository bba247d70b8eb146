import type { LocalDatabase } from "../../adapters/local";
import type { Pipeline } from "../../shared/pipeline";
import type { EventSource } from "../events/source";
import type { Produced } from "../run/produce";
import { reportQuality } from "../run/quality";
import { latencies, type RunSummary } from "../run/summary";
import type { Tally } from "../run/tally";
import type { EmulatedCloud } from "./emulated";
import type { Ledger } from "./ledger";

export interface CloudSummaryParts {
  pipeline: Pipeline;
  emulated: EmulatedCloud;
  /** What the cloud has stored. */
  database: LocalDatabase;
  source: EventSource;
  produced: Produced;
  tally: Tally;
  ledger: Ledger;
  elapsedMs: number;
  startupMs: number;
  report: string | null;
  finishedAt: number;
  interrupted: boolean;
}

/** The summary of a run in an emulated cloud, counted from what is stored there and not from what the function said. */
export async function summarizeCloud(parts: CloudSummaryParts): Promise<RunSummary> {
  const { pipeline, emulated, database, produced, tally, ledger } = parts;
  const { predictions: stored, deadLetters: byReason } = database.stats();
  const deadLettered = Object.values(byReason).reduce((sum, count) => sum + count, 0);
  const missing = ledger.missing();
  const remaining = parts.interrupted ? missing : 0;
  const duplicates = produced.accepted - remaining - stored - deadLettered;
  const processed = produced.accepted - remaining;
  return {
    pipeline: pipeline.name,
    pipelineVersion: pipeline.version,
    modelVersion: emulated.modelVersion,
    platform: `${emulated.outputs.cloud} (emulated)`,
    source: parts.source.description,
    received: produced.received,
    accepted: produced.accepted,
    alreadyAccepted: 0,
    stored,
    deadLettered: { total: deadLettered, byReason },
    duplicates,
    remaining,
    actions: await emulated.countActions(),
    conservation: parts.interrupted
      ? { holds: true, method: "open", missing: 0 }
      : { holds: missing === 0 && duplicates >= 0, method: "audited", missing },
    processed,
    throughput: parts.elapsedMs > 0 ? (processed / parts.elapsedMs) * 1_000 : 0,
    elapsedMs: parts.elapsedMs,
    startupMs: parts.startupMs,
    workers: emulated.workers,
    partitions: emulated.partitions,
    latency: latencies(pipeline, tally),
    quality: pipeline.quality ? reportQuality(database.quality(pipeline.quality)) : null,
    database: database.directory,
    report: parts.report,
    startedAt: new Date(parts.finishedAt - parts.elapsedMs).toISOString(),
    finishedAt: new Date(parts.finishedAt).toISOString(),
    interrupted: parts.interrupted,
    alreadyFinished: false,
  };
}
