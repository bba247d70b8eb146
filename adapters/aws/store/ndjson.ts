import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { RowBatch } from "../../../shared/ports";
import { NDJSON_TYPE, ndjsonFile } from "../../ndjson";
import { type ClientOptions, clientConfig, lazyClient } from "../client";

/** Where the lines go. */
export interface NdjsonTarget {
  bucket: string;
  /** As `predictions/`. */
  prefix: string;
}

/** The bucket's side of a store. */
export interface Ndjson {
  /**
   * The given rows as lines of JSON in one object under `<prefix>dt=YYYY-MM-DD/`, the day of the first event. The name
   * follows from the rows, so the same rows again write the same object.
   */
  put(rows: RowBatch, chosen: readonly number[], storedAt: number, signal: AbortSignal | undefined): Promise<void>;
  close(): Promise<void>;
}

/** @param options The store's. Their endpoint is DynamoDB's, and so is not used here. */
export function openNdjson(
  { bucket, prefix }: NdjsonTarget,
  options: ClientOptions,
  given: S3Client | undefined,
): Ndjson {
  const client = lazyClient(given, () => new S3Client(clientConfig({ ...options, endpoint: undefined })));

  return {
    put: async (rows, chosen, storedAt, signal) => {
      const { name, text } = ndjsonFile(rows, chosen, storedAt);
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: prefix + name,
        Body: text,
        ContentType: NDJSON_TYPE,
      });
      await client.get().send(command, signal && { abortSignal: signal });
    },
    close: client.close,
  };
}
