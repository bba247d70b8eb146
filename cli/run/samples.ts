/** How far a run was at a moment. */
export interface Sample {
  /** Milliseconds since the run began. */
  at: number;
  /** Since the run began. */
  processed: number;
  deadLettered: number;
  /** Accepted and not processed yet. */
  waiting: number;
}

/** More than a chart can show; then every other one goes. */
const MOST = 600;

/** Samples at equal distances in memory that does not grow with the run. */
export function createSamples() {
  let samples: Sample[] = [];
  let distance = 1;
  let offered = 0;
  return {
    add(sample: Sample): void {
      if (offered++ % distance !== 0) return;
      samples.push(sample);
      if (samples.length < MOST) return;
      samples = samples.filter((_, index) => index % 2 === 0);
      distance *= 2;
    },
    list: (): readonly Sample[] => samples,
  };
}
