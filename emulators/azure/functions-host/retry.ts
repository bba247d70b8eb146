import type { Random } from "../../../shared/clock";

/** https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages#retry-policies. -1: retries for ever. */
export type RetryPolicy =
  | { strategy: "fixedDelay"; delaySeconds: number; maxRetryCount: number }
  | { strategy: "exponentialBackoff"; minimumSeconds: number; maximumSeconds: number; maxRetryCount: number };

/** Share by which a pause varies, up and down. */
const JITTER = 0.2;
/** Beyond it every pause is the longest one; without an end, nothing times infinity would be no number. */
const MAX_DOUBLINGS = 30;

/** The pauses before the retries of one batch, milliseconds. */
export function createPauses(policy: RetryPolicy, random: Random): () => number {
  if (policy.strategy === "fixedDelay") return () => policy.delaySeconds * 1_000;
  const minimum = policy.minimumSeconds * 1_000;
  const maximum = policy.maximumSeconds * 1_000;
  let failures = 0;
  // RandomizedExponentialBackoffStrategy.cs: the shortest first, then it grows by a power of two of the shortest.
  return () => {
    const growth =
      failures === 0 ? 0 : 2 ** Math.min(failures - 1, MAX_DOUBLINGS) * minimum * (1 - JITTER + 2 * JITTER * random());
    failures++;
    return Math.min(maximum, minimum + growth);
  };
}
