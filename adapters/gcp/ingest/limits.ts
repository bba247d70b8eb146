export const ADAPTER = "gcp/ingest";

/**
 * Longest event. Pub/Sub takes messages of 10 MB, but the event's dead letter must be one too: there it stands in base64 in
 * JSON, which the request of the function holds in base64 again.
 */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

/** Messages of a request: https://cloud.google.com/pubsub/quotas#resource_limits */
export const MAX_MESSAGES_PER_REQUEST = 1_000;

/** Bytes of a request, unless a message is longer by itself. The service takes 10 MB; shorter ones fit better into a deadline. */
export const REQUEST_BYTES = 1024 * 1024;
