import type { ErrorCode } from "../../shared/errors";
import { createHistogram, type HistogramDump } from "../../shared/histogram";
import { type Telemetry, TIMED_STAGES, type TimedStage } from "../../shared/telemetry";

/** What is timed: the stages, and from acceptance to done. */
export type LatencyName = TimedStage | "endToEnd";

export const LATENCY_NAMES: readonly LatencyName[] = [...TIMED_STAGES, "endToEnd"];

/** Sums over batches, as plain data for another process. */
export interface TallyDump {
  batches: number;
  received: number;
  stored: number;
  duplicates: number;
  deadLettered: number;
  retried: number;
  reasons: Partial<Record<ErrorCode, number>>;
  latency: Record<LatencyName, HistogramDump>;
}

/** Milliseconds. */
export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface Tally {
  /** Counts the engine's batches. */
  telemetry: Telemetry;
  /** Adds another process's counts. */
  merge(other: TallyDump): void;
  dump(): TallyDump;
  /** Events that are done with: `received - retried`. Cheap enough to be asked all the time. */
  processed(): number;
  /** Of an event's time in a stage, which is that of its batch. Undefined where nothing was timed. */
  latency(name: LatencyName): Quantiles | undefined;
}

export function createTally(): Tally {
  const sums = { batches: 0, received: 0, stored: 0, duplicates: 0, deadLettered: 0, retried: 0 };
  const reasons: Partial<Record<ErrorCode, number>> = {};
  const histograms = Object.fromEntries(LATENCY_NAMES.map((name) => [name, createHistogram()])) as Record<
    LatencyName,
    ReturnType<typeof createHistogram>
  >;
  const add = (other: typeof sums & Pick<TallyDump, "reasons">) => {
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += other[name];
    for (const [code, count] of Object.entries(other.reasons) as [ErrorCode, number][])
      reasons[code] = (reasons[code] ?? 0) + count;
  };

  return {
    telemetry: (event) => {
      if (event.type !== "batch" || event.received === 0) return;
      add({ ...event, batches: 1 });
      // A stage that had nothing to do would only hide what it costs those who need it.
      for (const stage of TIMED_STAGES)
        if (event.stages[stage] > 0) histograms[stage].record(event.stages[stage], event.received);
      if (event.endToEndMs !== undefined) histograms.endToEnd.record(event.endToEndMs, event.received);
    },
    merge: (other) => {
      add(other);
      for (const name of LATENCY_NAMES) histograms[name].merge(other.latency[name]);
    },
    dump: () => ({
      ...sums,
      reasons: { ...reasons },
      latency: Object.fromEntries(LATENCY_NAMES.map((name) => [name, histograms[name].dump()])) as TallyDump["latency"],
    }),
    processed: () => sums.received - sums.retried,
    latency: (name) => {
      const histogram = histograms[name];
      if (histogram.count === 0) return undefined;
      return { p50: histogram.quantile(0.5), p95: histogram.quantile(0.95), p99: histogram.quantile(0.99) };
    },
  };
}
