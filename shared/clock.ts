/** Time comes from outside, so that no test sleeps and no code reads the wall clock behind our back. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May jump, also backwards. */
  now(): number;
  /** Milliseconds since some fixed moment, with fractions. Never goes back: the one for durations. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A number in [0, 1). */
export type Random = () => number;

/**
 * A reproducible `Random`: the same seed gives the same numbers on every machine.
 * sfc32 of PractRand (Chris Doty-Humphrey), 128 bits of state, seeded by the 32-bit integer.
 */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = seed | 0 || 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  // The first outputs still resemble the seed.
  for (let i = 0; i < 12; i++) next();
  return next;
}
