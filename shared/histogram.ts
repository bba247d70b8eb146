/**
 * Durations in constant memory: buckets that grow by 1/16 of their octave, so a quantile is at most 1/32 off (the idea of
 * HdrHistogram, Gil Tene), from 1 us to 2^36 us (19 hours). Weighted, so one entry stands for a whole batch; mergeable across processes.
 */
export interface Histogram {
  /** Adds `weight` durations of `ms` milliseconds. */
  record(ms: number, weight?: number): void;
  /** The duration in milliseconds that a share `q` (0 to 1) of the weight does not exceed; 0 if empty. */
  quantile(q: number): number;
  readonly count: number;
  /** Sum of the durations, milliseconds. */
  readonly totalMs: number;
  /** Adds another one's `dump()`. */
  merge(dump: HistogramDump): void;
  /** Plain data for another process: pairs of bucket index and weight. */
  dump(): HistogramDump;
}

export interface HistogramDump {
  buckets: readonly (readonly [number, number])[];
  totalMs: number;
}

const STEPS = 16;
const OCTAVES = 36;

export function createHistogram(): Histogram {
  const weights = new Float64Array(STEPS * OCTAVES);
  let count = 0;
  let totalMs = 0;

  return {
    record(ms, weight = 1) {
      const index = bucketOf(ms);
      weights[index] = weights[index]! + weight;
      count += weight;
      totalMs += ms * weight;
    },
    quantile(q) {
      if (count === 0) return 0;
      let below = 0;
      let last = 0;
      for (let i = 0; i < weights.length && (below < q * count || below === 0); i++) {
        if (weights[i]! > 0) last = i;
        below += weights[i]!;
      }
      return middleMs(last);
    },
    get count() {
      return count;
    },
    get totalMs() {
      return totalMs;
    },
    merge(dump) {
      for (const [index, weight] of dump.buckets) {
        weights[index] = (weights[index] ?? 0) + weight;
        count += weight;
      }
      totalMs += dump.totalMs;
    },
    dump: () => ({ buckets: [...weights.entries()].filter(([, weight]) => weight > 0), totalMs }),
  };
}

function bucketOf(ms: number): number {
  const us = Math.max(1, ms * 1000);
  const octave = Math.min(OCTAVES - 1, Math.floor(Math.log2(us)));
  const step = Math.min(STEPS - 1, Math.floor((us / 2 ** octave - 1) * STEPS));
  return octave * STEPS + step;
}

function middleMs(index: number): number {
  const octave = Math.floor(index / STEPS);
  return (2 ** octave * (1 + ((index % STEPS) + 0.5) / STEPS)) / 1000;
}
