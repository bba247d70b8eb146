import type { StreamRecord } from "./source";

/** What one invocation came to. `from` is the index of the first record to come again. */
export type Outcome =
  | { kind: "success" }
  | { kind: "partial"; from: number }
  | { kind: "failed"; functionError: boolean }
  | { kind: "not-invoked" };

/**
 * Reads the function's answer by the documented rules:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 * Note what follows from them: a misspelt `batchItemFailures` is an empty answer, which is a success, which loses records.
 */
export function readAnswer(answer: unknown, records: readonly StreamRecord[]): Outcome {
  const failures = field(answer, "batchItemFailures");
  if (failures === undefined || failures === null) return { kind: "success" };
  if (!Array.isArray(failures)) return { kind: "failed", functionError: false };
  if (failures.length === 0) return { kind: "success" };

  let from = records.length;
  for (const failure of failures) {
    const identifier = field(failure, "itemIdentifier");
    const index = records.findIndex(({ sequenceNumber }) => sequenceNumber === identifier);
    // Empty, null, under another name, or of no record in the batch: the whole batch failed.
    if (index === -1) return { kind: "failed", functionError: false };
    from = Math.min(from, index);
  }
  return { kind: "partial", from };
}

/** Throttles and faults of the service happen before the function runs, and do not use up retries. */
export function readError(thrown: unknown): Outcome {
  const status = Number(field(thrown, "statusCode"));
  const notInvoked = status === 429 || status >= 500 || field(thrown, "name") === "TooManyRequestsException";
  return notInvoked ? { kind: "not-invoked" } : { kind: "failed", functionError: true };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
