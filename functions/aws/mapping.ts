/**
 * How Lambda hands the stream to the function: what a stack sets unless it is told otherwise, and what the emulated run
 * sets too. All of it is needed together: without bisecting, a crash would dead-letter healthy neighbors; with endless
 * retries it would block its shard.
 */
export const MAPPING = {
  /** Records per invocation. */
  batchSize: 100,
  /** The least for batches of more than 10 records. */
  maximumBatchingWindowInSeconds: 1,
  /** Batches of one shard at a time; the order within a key stays. */
  parallelizationFactor: 2,
  bisectBatchOnFunctionError: true,
  functionResponseTypes: ["ReportBatchItemFailures"],
  maximumRetryAttempts: 10,
  maximumRecordAgeInSeconds: 3_600,
  startingPosition: "TRIM_HORIZON",
} as const;

/** Memory in MB: 1,769 is one whole CPU (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). */
export const MEMORY_MB = { "in-process": 1_769, endpoint: 512 } as const;

export const TIMEOUT_SECONDS = 60;
