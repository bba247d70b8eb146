import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Clock } from "../../../shared/clock";

export interface Delivery {
  s3: S3Client;
  bucket: string;
  key: string;
  lines: readonly Uint8Array[];
  clock: Clock;
  signal: AbortSignal;
  /** Between two attempts. */
  pauseMs: number;
}

const compress = promisify(gzip);

/** Writes one object, again and again until it is there. Rejects when the signal aborts, and only then. */
export async function deliver({ s3, bucket, key, lines, clock, signal, pauseMs }: Delivery): Promise<void> {
  const body = await compress(Buffer.concat(lines));
  // The file is a gzip file; as with the service, that is not a Content-Encoding, which clients would undo.
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentType: "application/octet-stream",
  });
  for (;;) {
    signal.throwIfAborted();
    try {
      await s3.send(command, { abortSignal: signal });
      return;
    } catch {
      await clock.sleep(pauseMs, signal);
    }
  }
}
