import { type ItemFailure, SluiceError, type Stage } from "sluice";
import type { MemoryState } from "./state";

/** What every call meets first: its caller's signal, and an outage of the service. */
export function enter(state: MemoryState, signal: AbortSignal | undefined, stage: Stage): void {
  refuseAborted(signal, stage);
  if (state.outage && !state.outage.partial) throw outage(state, stage)!;
}

/** Throws `cancelled` if the caller's signal has aborted. */
export function refuseAborted(signal: AbortSignal | undefined, stage: Stage): void {
  if (signal?.aborted) throw new SluiceError("cancelled", stage, "The call was cancelled.", { adapter: "memory" });
}

/** The items of a call that a partial outage hits: the first, the third ... */
export function hit(state: MemoryState, count: number, stage: Stage): ItemFailure[] {
  const error = outage(state, stage);
  if (error === undefined) return [];
  return Array.from({ length: count }, (_, index) => ({ index, error })).filter(({ index }) => index % 2 === 0);
}

function outage({ outage }: MemoryState, stage: Stage): SluiceError | undefined {
  if (outage === undefined) return undefined;
  const detail = outage.code === "throttled" ? { retryAfterMs: 100 } : {};
  return new SluiceError(outage.code, stage, "The service is out.", { adapter: "memory", ...detail });
}
