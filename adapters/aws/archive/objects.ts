import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { isNotFound } from "../errors";

/** A bucket and the client that reaches it. */
export interface Bucket {
  client: S3Client;
  name: string;
}

export interface ListedObject {
  key: string;
  bytes: number;
  /** Milliseconds since 1970; S3 keeps whole seconds. */
  modifiedAt: number;
}

export interface Listing {
  prefix: string;
  /** Only keys behind this one. */
  after?: string | undefined;
  /** Only keys without a further slash behind the prefix. */
  flat?: boolean | undefined;
}

/** Objects in the order of their keys, by pages of at most 1000. Objects may be deleted meanwhile. */
export async function* listObjects(
  bucket: Bucket,
  { prefix, after, flat = false }: Listing,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject[]> {
  const input = {
    Prefix: prefix,
    ...(flat ? { Delimiter: "/" } : {}),
    ...(after === undefined ? {} : { StartAfter: after }),
  };
  for await (const { Contents = [] } of pages(bucket, input, signal)) {
    yield Contents.map(({ Key = "", Size = 0, LastModified }) => ({
      key: Key,
      bytes: Size,
      modifiedAt: LastModified?.getTime() ?? 0,
    }));
  }
}

/** The "folders" so many levels below a prefix; a folder on the way that holds objects itself comes as a flat one. */
export async function listFolders(
  bucket: Bucket,
  prefix: string,
  levels: number,
  signal: AbortSignal | undefined,
): Promise<Listing[]> {
  if (levels === 0) return [{ prefix }];
  const folders: string[] = [];
  let holdsObjects = false;
  for await (const page of pages(bucket, { Prefix: prefix, Delimiter: "/" }, signal)) {
    for (const { Prefix } of page.CommonPrefixes ?? []) if (Prefix !== undefined) folders.push(Prefix);
    holdsObjects ||= (page.Contents ?? []).length > 0;
  }
  const found: Listing[] = holdsObjects ? [{ prefix, flat: true }] : [];
  for (const folder of folders) found.push(...(await listFolders(bucket, folder, levels - 1, signal)));
  return found;
}

/** An object's text; undefined if it is not there, or no longer. */
export async function readText(
  { client, name }: Bucket,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
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
