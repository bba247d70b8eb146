import type { ErrorCode } from "./errors";

/** One message of the stream: one event, or an envelope of many. */
export interface Message {
  body: Uint8Array | string;
  /** Offset, sequence number or message id, unique in its partition. */
  offset: string;
  /** When the source took it in, milliseconds since 1970, where it says so. */
  arrivedAt?: number | undefined;
}

/** A batch as the source handed it over. */
export interface Delivery {
  /** Stream, topic, hub or archive: the first part of every source position. */
  source: string;
  partition: string;
  messages: readonly Message[];
  /** In order: the engine stops at the first message that must come again, so that none overtakes it. */
  ordered: boolean;
  /** How often the source has delivered this batch, this time included. */
  attempt: number;
  /** The source will not deliver again whatever we answer: what is left is dead-lettered instead of handed back. */
  lastAttempt: boolean;
  /** Milliseconds since 1970 by which the answer must be given; undefined if the source waits for ever. */
  deadline?: number | undefined;
  /** Aborts when the host shuts down: work stops at the next safe point and the rest is handed back. */
  signal?: AbortSignal | undefined;
}

/** `done`: acknowledge, all effects (or dead letters) are durable. `retry`: deliver it again. */
export type MessageOutcome = "done" | "retry";

export interface BatchOutcome {
  /** Aligned with the delivery's messages. */
  messages: readonly MessageOutcome[];
  /** Index of the first message to deliver again, or -1. */
  firstRetry: number;
  received: number;
  stored: number;
  duplicates: number;
  deadLettered: number;
  retried: number;
  reasons: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Why the rest must come again, where something must. */
  retryCode: ErrorCode | undefined;
  /** What the failing side asked us to wait before that, milliseconds. */
  retryAfterMs: number | undefined;
}
