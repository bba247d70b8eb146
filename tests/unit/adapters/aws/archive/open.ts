import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { ArchivedMessage, ArchiveQuery } from "sluice";
import { type AwsArchive, awsArchive } from "../../../../../adapters/aws/archive";
import { openS3 } from "../../../../../emulators/aws/s3";
import { type StubAnswer, type StubRequest, withAwsStub } from "../../../../support/aws-stub";
import { closing } from "../../../../support/closing";
import { HOUR, MINUTE, readUpToError } from "../../suites/archived";

export const BUCKET = "lake";

/** An object of the hour, written some minutes in. */
export function key(name = "a", minute = 10): string {
  const [date, time] = new Date(HOUR + minute * MINUTE).toISOString().split(/[T.]/) as [string, string];
  return `raw/dt=2026-01-31/hh=23/s-1-${date}-${time.replaceAll(":", "-")}-${name}.jsonl.gz`;
}

/** As Firehose writes records. */
export function lines(...records: readonly string[]): string {
  return records.map((record) => `${record}\n`).join("");
}

/** What is read of these objects. */
export async function read(
  objects: Readonly<Record<string, string | Uint8Array>>,
  query: ArchiveQuery = {},
  modifiedAt = HOUR,
): Promise<ArchivedMessage[]> {
  const [messages, error] = await readUntilError(objects, query, modifiedAt);
  if (error !== undefined) throw error;
  return messages;
}

/** The same up to an error, and the error. */
export async function readUntilError(
  objects: Readonly<Record<string, string | Uint8Array>>,
  query: ArchiveQuery = {},
  modifiedAt = HOUR,
): Promise<[ArchivedMessage[], unknown]> {
  return closing(await openS3({ clock: { now: () => modifiedAt } }), async (s3) => {
    s3.createBucket(BUCKET);
    const archive = awsArchive({ bucket: BUCKET, endpoint: s3.endpoint, maxAttempts: 1 });
    return closing(archive, async () => {
      for (const [Key, Body] of Object.entries(objects))
        await archive.client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
      return readUpToError(archive, query);
    });
  });
}

/** An archive on a service that does as the test says. */
export function withStub<T>(
  answer: StubAnswer,
  test: (archive: AwsArchive, requests: readonly StubRequest[]) => Promise<T>,
): Promise<T> {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    return closing(awsArchive({ bucket: BUCKET, endpoint, maxAttempts: 1 }), (archive) => test(archive, requests));
  });
}

/** A page of a listing. */
export function listing(keys: readonly string[], size = 9): string {
  const contents = keys.map(
    (name) =>
      `<Contents><Key>${name}</Key><Size>${size}</Size><LastModified>2026-01-31T23:00:00.000Z</LastModified></Contents>`,
  );
  return `<ListBucketResult>${contents.join("")}</ListBucketResult>`;
}
