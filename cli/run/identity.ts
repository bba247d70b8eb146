import { createHash, randomUUID } from "node:crypto";
import type { LocalDatabase, LocalStats } from "../../adapters/local";
import type { Pipeline } from "../../shared/pipeline";
import type { EventSource } from "../events/source";

/** Where the database stood when a run started for the first time: what a run has done is the difference. */
export interface Baseline {
  at: number;
  events: number;
  /** Of them, not processed yet. */
  waiting: number;
  predictions: number;
  actions: number;
  deadLetters: LocalStats["deadLetters"];
}

export interface Beginning {
  baseline: Baseline;
  /** The run was started before and did not finish. */
  isResumed: boolean;
  /** Writes it down. Call it before anything is sent. */
  note(): void;
}

/** Names a run, and tells the log that it has events of this source already: the same pipeline and events give the same id. */
export function producerId(pipeline: Pipeline, source: EventSource): string {
  if (source.identity === undefined) return `run-${randomUUID()}`;
  const text = JSON.stringify([pipeline.name, pipeline.version, source.identity]);
  return `run-${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
}

/** Finds or measures where the database stood before the run. Call it before anything is processed. */
export function beginRun(database: LocalDatabase, id: string, group: string, now: number): Beginning {
  const { runs } = database;
  const baselineId = `${id}/baseline`;
  const known = runs.find(baselineId)?.summary as Baseline | undefined;
  const baseline = known ?? measure(database.stats(), group, now);
  return {
    baseline,
    isResumed: runs.find(id) !== undefined,
    note() {
      if (!known) {
        runs.start({ id: baselineId, argumentsHash: baselineId });
        runs.finish(baselineId, baseline);
      }
      runs.start({ id, argumentsHash: id });
    },
  };
}

export function measure(stats: LocalStats, group: string, now: number): Baseline {
  const { events, predictions, actions, deadLetters } = stats;
  return { at: now, events, waiting: lagOf(stats, group), predictions, actions, deadLetters };
}

/** Events of the log that a group has not processed. */
export function lagOf(stats: LocalStats, group: string): number {
  const lag = ({ groups, events }: LocalStats["partitions"][number]) =>
    groups.find((one) => one.group === group)?.lagEvents ?? events;
  return stats.partitions.reduce((sum, partition) => sum + lag(partition), 0);
}
