import type { Action, ArchivedMessage, Clock, DeadLetter, ErrorCode, StoredPrediction } from "sluice";

/** A message of the log. */
export interface LogMessage extends ArchivedMessage {
  events: number;
}

/** Where a consumer stands in one partition. */
export interface Progress {
  /** Messages before this index are acknowledged. */
  position: number;
  /** How often the batch from `position` on was delivered. */
  attempts: number;
  /** Where that batch ended. */
  attemptTo: number;
  /** Acknowledged messages beyond `position`, for a source that takes them one by one. */
  acknowledged: Set<number>;
  /** Deliveries per message, likewise. */
  deliveries: Map<number, number>;
}

/** What is durable: it outlives the adapters that work on it, as a database outlives a process. */
export interface MemoryState {
  name: string;
  clock: Clock;
  partitions: LogMessage[][];
  /** Next sequence per producer and partition. */
  producers: Map<string, number>;
  progress: Progress[];
  /** By id, in the order they were stored. */
  predictions: Map<string, StoredPrediction>;
  letters: Map<string, DeadLetter>;
  actions: Map<string, Action>;
  /** Every call fails with this; where it is partial, only every second item of a call. */
  outage: { code: ErrorCode; partial: boolean } | undefined;
}

export function memoryState(name: string, partitions: number, clock: Clock): MemoryState {
  return {
    name,
    clock,
    partitions: Array.from({ length: partitions }, () => []),
    producers: new Map(),
    progress: Array.from({ length: partitions }, () => ({
      position: 0,
      attempts: 0,
      attemptTo: 0,
      acknowledged: new Set(),
      deliveries: new Map(),
    })),
    predictions: new Map(),
    letters: new Map(),
    actions: new Map(),
    outage: undefined,
  };
}
