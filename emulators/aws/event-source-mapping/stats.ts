/** What a mapping has done since it was made. */
export interface MappingStats {
  /** Records read from the stream; more than there are after a restart. */
  read: number;
  /** Invocations that reached the function. */
  invocations: number;
  /** Invocations that were refused before the function ran. */
  throttles: number;
  /** Invocations that failed as a whole, by an error or by an answer that breaks the rules. */
  failures: number;
  /** Invocations that named failed records. */
  partialFailures: number;
  /** Batches that were split. */
  splits: number;
  /** Records that were processed. */
  processed: number;
  /** Records that were given up. */
  discarded: number;
  /** Objects written to the on-failure destination. */
  letters: number;
  /** Failed writes to the on-failure destination. */
  letterErrors: number;
  /** Failed calls to the stream. */
  sourceErrors: number;
}

export function emptyStats(): MappingStats {
  return {
    read: 0,
    invocations: 0,
    throttles: 0,
    failures: 0,
    partialFailures: 0,
    splits: 0,
    processed: 0,
    discarded: 0,
    letters: 0,
    letterErrors: 0,
    sourceErrors: 0,
  };
}
