import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Objects } from "../../objects";
import { isNotFound } from "../errors";

/** A bucket and the client that reaches it. */
export interface Bucket {
  client: S3Client;
  name: string;
}

/** What is in a bucket. A page has at most 1000 objects. */
export function bucketObjects(bucket: Bucket): Objects {
  return {
    pages: async function* ({ prefix, after, flat = false }, signal) {
      const input = {
        Prefix: prefix,
        ...(flat ? { Delimiter: "/" } : {}),
        ...(after === undefined ? {} : { StartAfter: after }),
      };
      for await (const { Contents = [], CommonPrefixes = [] } of pages(bucket, input, signal))
        yield {
          objects: Contents.map(({ Key = "", Size = 0, LastModified }) => ({
            key: Key,
            bytes: Size,
            modifiedAt: LastModified?.getTime() ?? 0,
          })),
          folders: CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []),
        };
    },
    text: (key, signal) => readText(bucket, key, signal),
  };
}

async function readText({ client, name }: Bucket, key: string, signal: AbortSignal | undefined) {
  const command = new GetObjectCommand({ Bucket: name, Key: key });
  try {
    const { Body } = await client.send(command, signal && { abortSignal: signal });
    return await Body?.transformToString();
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

async function* pages(
  { client, name }: Bucket,
  input: Omit<ListObjectsV2CommandInput, "Bucket">,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const from = token === undefined ? {} : { ContinuationToken: token };
    const command = new ListObjectsV2Command({ ...input, Bucket: name, ...from });
    const page: ListObjectsV2CommandOutput = await client.send(command, signal && { abortSignal: signal });
    yield page;
    token = page.NextContinuationToken;
  } while (token !== undefined);
}
