/** What a host has done since it was opened. */
export interface FunctionsHostStats {
  /** Retries among them. */
  invocations: number;
  successes: number;
  failures: number;
  retries: number;
  /** Batches whose retries are used up. */
  exhausted: number;
  /** Events that a checkpoint passed although the function had not succeeded with them. */
  lost: number;
  /** Writes per partition. */
  checkpoints: Record<string, number>;
  workerStarts: number;
  /** Worker processes that ended by themselves. */
  workerExits: number;
  /** Invocations that took too long: the host ended their worker. */
  timeouts: number;
  /** Instances that were replaced because their workers kept ending. */
  recycles: number;
  /** Partitions that an instance took from another. */
  steals: number;
  /** Partitions that were free because their owner was gone for long enough. */
  expired: number;
}

export function emptyStats(partitions: readonly string[]): FunctionsHostStats {
  return {
    invocations: 0,
    successes: 0,
    failures: 0,
    retries: 0,
    exhausted: 0,
    lost: 0,
    checkpoints: Object.fromEntries(partitions.map((partition) => [partition, 0])),
    workerStarts: 0,
    workerExits: 0,
    timeouts: 0,
    recycles: 0,
    steals: 0,
    expired: 0,
  };
}
