export const ADAPTER = "azure/ingest";

/**
 * Longest event. A hub of the Standard tier takes 1 MiB at once. An event that is no text travels in base64, four bytes for
 * three, in an envelope: with its header and AMQP's frame it still fits. The same limit for all, so that it does not depend
 * on what an event holds.
 */
export const MAX_EVENT_BYTES = 767 * 1024;

/** Longest envelope of several events: one is a small part of what a function takes at once, and fits hubs of every tier. */
export const MAX_ENVELOPE_BYTES = 64 * 1024;
