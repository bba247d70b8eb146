import { CosmosFault } from "./fault";

/** Request units that a container may use. */
export interface Budget {
  /** Throws 429 if they are used up. A request that is let in may use more than is left, which the next ones wait for. */
  admit(): void;
  spend(charge: number): void;
}

const THROTTLED = 3200;

/** So many per second, of which at most those of one second are saved; undefined: endless. */
export function createBudget(perSecond: number | undefined, clock: { monotonic(): number }): Budget {
  if (perSecond === undefined) return { admit: () => {}, spend: () => {} };
  let left = perSecond;
  let since = clock.monotonic();

  const refill = () => {
    const now = clock.monotonic();
    left = Math.min(perSecond, left + ((now - since) / 1_000) * perSecond);
    since = now;
  };
  return {
    admit: () => {
      refill();
      if (left > 0) return;
      throw new CosmosFault(429, "Request rate is large. More Request Units may be needed, so no changes were made.", {
        substatus: THROTTLED,
        retryAfterMs: Math.floor((-left / perSecond) * 1_000) + 1,
      });
    },
    spend: (charge) => {
      left -= charge;
    },
  };
}
