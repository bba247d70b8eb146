/**
 * Limits of PutRecords: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
 * A record's data and key together have at most 1 MiB unless the stream is set up for more.
 */
export const MAX_RECORDS_PER_REQUEST = 500;

/** Data and keys of a request. The service takes 10 MiB since 2025; older copies of it and emulators take 5 MiB, which is full long before the time of a request matters. */
export const MAX_REQUEST_BYTES = 5 * 1024 * 1024;

export const MAX_KEY_CHARS = 256;

/**
 * Longest event. One that cannot stand on a line travels in base64, four bytes for three, in an envelope: with its header
 * and the longest key (256 characters of 4 bytes) it still fits into 1 MiB. The same limit for all, so that it does not
 * depend on what an event holds.
 */
export const MAX_EVENT_BYTES = 767 * 1024;

export const ADAPTER = "aws/ingest";
