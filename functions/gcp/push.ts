/**
 * How Pub/Sub hands messages to the function: what a stack sets unless it is told otherwise, and what the emulated run
 * sets too.
 */
export const PUSH = {
  /** How long Pub/Sub waits for an answer. With its default of 10 s a slow batch would come again while it runs. */
  ackDeadlineSeconds: 90,
  /** A push that Cloud Run refuses for want of an instance counts as an attempt: with few, a burst would cost messages. */
  maxDeliveryAttempts: 11,
  /** Without a pause a refused message comes again at once, over and over. */
  minBackoffSeconds: 10,
  maxBackoffSeconds: 600,
} as const;

/** Requests that one instance has at a time; they share its model, in calls of many rows. */
export const CONCURRENCY = 80;

/** functions-framework alone has 225 MB under load. */
export const MEMORY_MB = { "in-process": 1_024, endpoint: 512 } as const;

/** Less than the ack deadline: nobody must work on a message that has been handed to somebody else. */
export const TIMEOUT_SECONDS = 60;
