import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { hash53 } from "../../../shared/hash";
import type { RowBatch } from "../../../shared/ports";
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
      const lines = chosen.map((row) => `${JSON.stringify(line(rows, row, storedAt))}\n`);
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: `${prefix}dt=${dayOf(rows, chosen)}/${nameOf(rows, chosen)}.jsonl`,
        Body: lines.join(""),
        ContentType: "application/x-ndjson",
      });
      await client.get().send(command, signal && { abortSignal: signal });
    },
    close: client.close,
  };
}

function line(rows: RowBatch, row: number, storedAt: number): object {
  const { width, data } = rows.features;
  return {
    id: rows.ids[row],
    key: rows.keys[row],
    time: rows.times[row],
    // No prediction has the name of a column of ours: definePipeline sees to that.
    ...rows.predictions[row],
    truth: rows.truths?.[row] ?? null,
    features: [...data.subarray(row * width, (row + 1) * width)],
    modelVersion: rows.modelVersion,
    pipelineVersion: rows.pipelineVersion,
    storedAt,
  };
}

function dayOf(rows: RowBatch, chosen: readonly number[]): string {
  const first = chosen.reduce((least, row) => Math.min(least, rows.times[row]!), Number.POSITIVE_INFINITY);
  return new Date(first).toISOString().split("T")[0]!;
}

function nameOf(rows: RowBatch, chosen: readonly number[]): string {
  const identity = chosen.map((row) => `${rows.keys[row]}\n${rows.ids[row]}`).join("\n");
  return `${hash53(identity).toString(36)}-${hash53(identity, 1).toString(36)}`;
}
