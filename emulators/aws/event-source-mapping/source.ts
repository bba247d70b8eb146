/** The part of a stream that a mapping reads. */
export interface StreamSource {
  /** All shards that still hold records or still take some. */
  shards(signal: AbortSignal): Promise<readonly ShardInfo[]>;
  /** A position in a shard from which to read on. `LATEST` means: what comes after this call. */
  open(shardId: string, from: Position, signal: AbortSignal): Promise<ShardReader>;
}

export interface ShardInfo {
  shardId: string;
  /** One after a split, two after a merge, none for a shard of the stream's creation. */
  parents: readonly string[];
  /** Takes no more records, but may still hold some. */
  closed: boolean;
}

/** From the oldest or the newest record, after a sequence number, or from a time of arrival in milliseconds since 1970. */
export type Position = "TRIM_HORIZON" | "LATEST" | { after: string } | { at: number };

export interface ShardReader {
  read(limit: number, signal: AbortSignal): Promise<Page>;
}

export interface Page {
  records: readonly StreamRecord[];
  /** More records are there already. */
  behind: boolean;
  /** The shard is closed and this was its last page. */
  ended: boolean;
}

export interface StreamRecord {
  /** A decimal of up to 56 digits. */
  sequenceNumber: string;
  partitionKey: string;
  data: Uint8Array;
  /** Milliseconds since 1970. */
  arrivedAt: number;
}
