import type { Outcome } from "./outcome";
import type { ResolvedSettings } from "./settings";
import type { StreamRecord } from "./source";

/** Records that go to the function together, and what has become of them so far. */
export interface Batch {
  records: readonly StreamRecord[];
  /** Of `maximumRetryAttempts`. */
  retries: number;
  /** Invocations that held all of these records. */
  invocations: number;
}

export interface Verdict {
  /** Processed. */
  done: readonly StreamRecord[];
  /** Given up: retries are used up. */
  exhausted: readonly StreamRecord[];
  /** To invoke again, in this order. */
  again: readonly Batch[];
  /** Whether to back off first. */
  wait: boolean;
}

/**
 * What follows from an invocation, by the documented rules. Two things are left open by the documents and are decided here:
 * a partial failure uses up a retry although there was progress, and with bisecting on, the batch is cut on both sides
 * of the returned record, so that a bad record is alone at once (a service that halves needs some more invocations).
 */
export function decide(batch: Batch, outcome: Outcome, settings: ResolvedSettings): Verdict {
  const { records } = batch;
  if (outcome.kind === "success") return { done: records, exhausted: [], again: [], wait: false };
  if (outcome.kind === "not-invoked") return { done: [], exhausted: [], again: [batch], wait: true };

  const from = outcome.kind === "partial" ? outcome.from : 0;
  const done = records.slice(0, from);
  const rest = { ...batch, records: records.slice(from), invocations: batch.invocations + 1 };
  // Splitting does not use up retries.
  if (settings.bisect && rest.records.length > 1) {
    const cut = outcome.kind === "partial" ? 1 : Math.ceil(rest.records.length / 2);
    const head = { ...rest, records: rest.records.slice(0, cut) };
    const tail = { ...rest, records: rest.records.slice(cut) };
    return { done, exhausted: [], again: [head, tail], wait: false };
  }
  if (batch.retries >= settings.maximumRetryAttempts) return { done, exhausted: rest.records, again: [], wait: false };
  return { done, exhausted: [], again: [{ ...rest, retries: batch.retries + 1 }], wait: true };
}
