export interface Checkpoint {
  /** Of the last event that is passed. */
  sequenceNumber: number;
  /** Milliseconds since 1970. */
  writtenAt: number;
}

/** How far each partition is for one consumer group: in Azure a blob per partition, which outlives instances and apps. */
export interface Checkpoints {
  get(partition: string): Checkpoint | undefined;
  /** Whoever writes last is right, even if that goes back. */
  set(partition: string, checkpoint: Checkpoint): void;
}

export function createCheckpoints(): Checkpoints {
  const written = new Map<string, Checkpoint>();
  return {
    get: (partition) => written.get(partition),
    set: (partition, checkpoint) => void written.set(partition, checkpoint),
  };
}
