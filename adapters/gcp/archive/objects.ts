import { inPieces } from "../../pieces";
import type { GcpClient } from "../client";
import { type Attempts, attempted } from "../store/attempts";
import type { Range } from "./days";

/** A bucket, and what calls on it take. */
export interface Bucket extends Attempts {
  client: GcpClient;
  name: string;
}

export interface ListedObject {
  name: string;
  bytes: number;
  /** Another one whenever the object is replaced. */
  generation: string;
}

interface Page {
  items?: { name: string; size: string; generation: string }[];
  nextPageToken?: string;
}

/** At a time: one answer must come within the client's deadline, also on a slow line. */
const PIECE_BYTES = 2 * 1024 * 1024;

/** Objects in the order of their names, by pages: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export async function* listObjects(bucket: Bucket, prefix: string, range: Range): AsyncGenerator<ListedObject> {
  for (let token: string | undefined; ; ) {
    const query = new URLSearchParams({
      prefix,
      fields: "items(name,size,generation),nextPageToken",
      ...(range.start === undefined ? {} : { startOffset: range.start }),
      ...(range.end === undefined ? {} : { endOffset: range.end }),
      ...(token === undefined ? {} : { pageToken: token }),
    });
    const call = { path: `${pathOf(bucket)}?${query}`, signal: bucket.signal };
    const { items = [], nextPageToken } = await attempted(() => bucket.client.json<Page>(call), bucket);
    for (const { name, size, generation } of items) yield { name, bytes: Number(size), generation };
    if (nextPageToken === undefined) return;
    token = nextPageToken;
  }
}

/** The bytes of an object, piece by piece: what fails is read again, and nothing but the piece. */
export function readPieces(bucket: Bucket, { name, bytes, generation }: ListedObject): AsyncGenerator<Buffer> {
  const query = new URLSearchParams({ alt: "media", generation });
  const path = `${pathOf(bucket)}/${encodeURIComponent(name)}?${query}`;
  return inPieces(bytes, PIECE_BYTES, async (range) => {
    const call = { path, headers: { range }, signal: bucket.signal };
    return (await attempted(() => bucket.client.bytes(call), bucket)).body;
  });
}

function pathOf({ name }: Bucket): string {
  return `/storage/v1/b/${encodeURIComponent(name)}/o`;
}
