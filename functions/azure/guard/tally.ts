import type { BatchOutcome, Delivery, MessageOutcome } from "../../../shared/delivery";
import { type ErrorCode, toSluiceError } from "../../../shared/errors";

/** The outcome of a batch whose messages are processed one by one. What nobody spoke for must come again. */
export interface Tally {
  /** The next messages are done. */
  skip(count: number): void;
  /** What became of the next message, by itself. */
  add(outcome: BatchOutcome): void;
  /** Why the next message could not even be tried. */
  failed(thrown: unknown): void;
  outcome(): BatchOutcome;
}

const COUNTS = ["received", "stored", "duplicates", "deadLettered", "retried"] as const;

export function createTally({ messages }: Delivery): Tally {
  const outcomes: MessageOutcome[] = messages.map(() => "retry");
  const counts = { received: 0, stored: 0, duplicates: 0, deadLettered: 0, retried: 0 };
  const reasons: Partial<Record<ErrorCode, number>> = {};
  let last: Pick<BatchOutcome, "retryCode" | "retryAfterMs"> = { retryCode: undefined, retryAfterMs: undefined };
  let next = 0;

  return {
    skip(count) {
      outcomes.fill("done", next, next + count);
      next += count;
    },
    add(outcome) {
      outcomes[next++] = outcome.firstRetry === -1 ? "done" : "retry";
      for (const name of COUNTS) counts[name] += outcome[name];
      for (const [code, count] of Object.entries(outcome.reasons) as [ErrorCode, number][])
        reasons[code] = (reasons[code] ?? 0) + count;
      last = outcome;
    },
    failed(thrown) {
      const { code, retryAfterMs } = toSluiceError(thrown, "engine");
      last = { retryCode: code, retryAfterMs };
    },
    outcome() {
      const { retryCode, retryAfterMs } = last;
      return { messages: outcomes, firstRetry: outcomes.indexOf("retry"), ...counts, reasons, retryCode, retryAfterMs };
    },
  };
}
