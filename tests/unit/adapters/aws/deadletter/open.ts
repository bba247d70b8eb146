import { ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import {
  type AwsDeadLetters,
  type AwsDeadLettersOptions,
  awsDeadLetters,
} from "../../../../../adapters/aws/deadletter";
import { openS3 } from "../../../../../emulators/aws/s3";
import { type StubAnswer, type StubRequest, withAwsStub } from "../../../../support/aws-stub";
import { closing } from "../../../../support/closing";
import { lettersOf } from "../../suites/letters";

export const BUCKET = "letters";
export const SHARD = "shardId-000000000006";

/** Letters in an emulated bucket. */
export async function withLetters(
  options: Partial<AwsDeadLettersOptions>,
  test: (store: AwsDeadLetters, restart: () => AwsDeadLetters) => Promise<void>,
): Promise<void> {
  await closing(await openS3(), async (s3) => {
    s3.createBucket(BUCKET);
    const store = awsDeadLetters({ bucket: BUCKET, endpoint: s3.endpoint, maxAttempts: 1, ...options });
    const restart = () => awsDeadLetters({ bucket: BUCKET, client: store.client, ...options });
    await closing(store, () => test(store, restart));
  });
}

/** The same on a service that does as the test says. */
export function withStub<T>(
  answer: StubAnswer,
  test: (store: AwsDeadLetters, requests: readonly StubRequest[]) => Promise<T>,
  options: Partial<AwsDeadLettersOptions> = {},
): Promise<T> {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    return closing(awsDeadLetters({ bucket: BUCKET, endpoint, maxAttempts: 1, ...options }), (store) =>
      test(store, requests),
    );
  });
}

/** A letter of the shard by its offset. */
export const at = lettersOf(SHARD);

/** An error as S3 writes it. */
export function fault(code: string, status: number) {
  return { status, body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}

/** A page of a listing, flat: the folders below the prefix are not told. */
export function listing(found: readonly string[], days: readonly string[] = []): string {
  const contents = found.map(
    (key, i) =>
      `<Contents><Key>${key}</Key><Size>9</Size><LastModified>${days[i] ?? "2026-01-01"}T00:00:00.000Z</LastModified></Contents>`,
  );
  return `<ListBucketResult>${contents.join("")}</ListBucketResult>`;
}

/** Writes an object of somebody else. */
export async function put({ client }: { client: S3Client }, Key: string, Body: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
}

/** In the order of a listing. */
export async function keys({ client }: { client: S3Client }, Prefix = "dead-letters/"): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
  return Contents.map(({ Key = "" }) => Key);
}
