import { type Environment, environmentReader, mistake } from "../environment";
import { RETRY } from "./trigger";

/** The host's pauses between the attempts of a batch, which grow from the least to the most. */
export interface Backoff {
  minSeconds: number;
  maxSeconds: number;
}

export const DEFAULT_BACKOFF: Backoff = { minSeconds: RETRY.minBackoffSeconds, maxSeconds: RETRY.maxBackoffSeconds };

/**
 * SLUICE_MIN_BACKOFF_SECONDS and SLUICE_MAX_BACKOFF_SECONDS.
 * @throws ConfigError that names the variable.
 */
export function readBackoff(environment: Environment): Backoff {
  const { whole } = environmentReader(environment);
  const minSeconds = whole("SLUICE_MIN_BACKOFF_SECONDS", "seconds") ?? DEFAULT_BACKOFF.minSeconds;
  const maxSeconds = whole("SLUICE_MAX_BACKOFF_SECONDS", "seconds") ?? Math.max(minSeconds, DEFAULT_BACKOFF.maxSeconds);
  if (maxSeconds < minSeconds)
    throw mistake("SLUICE_MAX_BACKOFF_SECONDS", `is ${maxSeconds}, less than the least pause of ${minSeconds}`);
  return { minSeconds, maxSeconds };
}
