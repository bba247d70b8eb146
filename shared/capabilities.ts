/**
 * What an adapter can do, as data: a pipeline that needs what an adapter lacks fails when it is wired, not in production.
 * The contract tests read the same data: what is declared here is tested, what is absent is skipped with this reason.
 */
export interface IngestCapabilities {
  /** `per-key`: events of one key stay in the order they were published. */
  ordering: "per-key" | "none";
  /** A publish that is repeated with the same producer sequence is stored once. */
  idempotentProducer: boolean;
  /** Longest event it takes, bytes. */
  maxEventBytes: number;
}

export interface PreprocessCapabilities {
  /**
   * How the source takes an answer. `lowest-failure`: all from the first failed message comes again. `per-message`: each
   * message is acknowledged by itself. `always-advances`: the source goes on whatever we answer, until its retries end.
   */
  checkpoint: "lowest-failure" | "per-message" | "always-advances";
  /** Whether a batch arrives in the order of its partition. */
  ordering: "per-key" | "none";
  /** Whether a delivery says how often it has come; where it does not, `attempt` is always 1. */
  countsDeliveries: boolean;
}

export interface InferCapabilities {
  where: "in-process" | "endpoint";
  /** Most rows per call. */
  maxRows: number;
  /** Longest request, bytes; undefined where only memory bounds it. */
  maxRequestBytes: number | undefined;
}

export interface StoreCapabilities {
  /** `first-wins`: a second write of an id changes nothing. `overwrite`: it writes the same row again. */
  idempotency: "first-wins" | "overwrite";
  /** Whether the report says which rows were duplicates. */
  reportsDuplicates: boolean;
  /** Whether `query` exists. */
  query: boolean;
}

export interface DeadLetterCapabilities {
  /** Whether the letter holds the event's original bytes. */
  payload: boolean;
  /** Longest event it can hold, bytes. */
  maxEventBytes: number;
}
