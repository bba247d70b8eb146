import { ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type DeadLetter, deadLetter, SluiceError } from "sluice";
import {
  type AwsDeadLetters,
  type AwsDeadLettersOptions,
  awsDeadLetters,
} from "../../../../../adapters/aws/deadletter";
import { openS3 } from "../../../../../emulators/aws/s3";
import { type StubAnswer, type StubRequest, withAwsStub } from "../../../../support/aws-stub";

export const BUCKET = "letters";
export const SHARD = "shardId-000000000006";

/** Letters in an emulated bucket. */
export async function withLetters(
  options: Partial<AwsDeadLettersOptions>,
  test: (store: AwsDeadLetters, restart: () => AwsDeadLetters) => Promise<void>,
): Promise<void> {
  const s3 = await openS3();
  s3.createBucket(BUCKET);
  const open = () => awsDeadLetters({ bucket: BUCKET, endpoint: s3.endpoint, maxAttempts: 1, ...options });
  const store = open();
  try {
    await test(store, () => awsDeadLetters({ bucket: BUCKET, client: store.client, ...options }));
  } finally {
    await store.close();
    await s3.close();
  }
}

/** The same on a service that does as the test says. */
export function withStub<T>(
  answer: StubAnswer,
  test: (store: AwsDeadLetters, requests: readonly StubRequest[]) => Promise<T>,
  options: Partial<AwsDeadLettersOptions> = {},
): Promise<T> {
  return withAwsStub(answer, async ({ endpoint, requests }) => {
    const store = awsDeadLetters({ bucket: BUCKET, endpoint, maxAttempts: 1, ...options });
    try {
      return await test(store, requests);
    } finally {
      await store.close();
    }
  });
}

/** A letter of the shard by its offset. */
export function at(
  offset: string,
  overrides: Partial<DeadLetter["position"]> & { failedAt?: number } = {},
): DeadLetter {
  const { failedAt = Number(offset) || 1, ...position } = overrides;
  return deadLetter("{}", new SluiceError("json", "decode", "The event is not valid JSON."), {
    position: { source: "orders", partition: SHARD, offset, index: 0, ...position },
    attempts: 1,
    pipeline: "p",
    pipelineVersion: "1",
    modelVersion: "m",
    failedAt,
  });
}

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
