import type { Sample } from "../run/samples";
import { LATENCY_LABELS } from "../run/show";
import type { RunSummary } from "../run/summary";
import { LATENCY_NAMES } from "../run/tally";

/** What the script in the page draws. */
export interface ChartData {
  throughput: { seconds: number[]; perSecond: number[]; waiting: number[] };
  latency: { stages: string[]; p50: number[]; p95: number[]; p99: number[] };
  scores: { labels: string[]; series: { name: string; counts: number[] }[] } | null;
  deadLetters: { reasons: string[]; counts: number[] };
}

/** A rate over less than this is mostly noise; but a short run needs some points too. */
const MIN_WINDOW_MS = 100;
const MOST_POINTS = 40;

export function chartData(summary: RunSummary, samples: readonly Sample[]): ChartData {
  const timed = LATENCY_NAMES.flatMap((name) => {
    const quantiles = summary.latency[name];
    return quantiles ? [{ name: LATENCY_LABELS[name], ...quantiles }] : [];
  });
  const reasons = Object.entries(summary.deadLettered.byReason).sort(([, a], [, b]) => b - a);
  return {
    throughput: throughput(samples),
    latency: {
      stages: timed.map(({ name }) => name),
      p50: timed.map(({ p50 }) => p50),
      p95: timed.map(({ p95 }) => p95),
      p99: timed.map(({ p99 }) => p99),
    },
    scores: scores(summary),
    deadLetters: { reasons: reasons.map(([code]) => code), counts: reasons.map(([, count]) => count) },
  };
}

/** Rates between samples that are far enough apart. */
export function throughput(samples: readonly Sample[]): ChartData["throughput"] {
  const result: ChartData["throughput"] = { seconds: [], perSecond: [], waiting: [] };
  const window = Math.max(MIN_WINDOW_MS, (samples.at(-1)?.at ?? 0) / MOST_POINTS);
  let last = samples[0];
  for (const sample of samples) {
    if (!last || sample.at - last.at < window) continue;
    result.seconds.push(sample.at / 1_000);
    result.perSecond.push(((sample.processed - last.processed) / (sample.at - last.at)) * 1_000);
    result.waiting.push(sample.waiting);
    last = sample;
  }
  return result;
}

function scores({ quality }: RunSummary): ChartData["scores"] {
  if (!quality?.scores) return null;
  const { from, to, series } = quality.scores;
  const buckets = series[0]?.counts.length ?? 0;
  const width = (to - from) / buckets;
  return {
    labels: Array.from({ length: buckets }, (_, index) => (from + index * width).toPrecision(2)),
    series: series.map(({ truth, counts }) => ({
      name: truth === undefined ? (series.length > 1 ? "truth unknown" : "all") : `truth ${truth}`,
      counts,
    })),
  };
}
