import { S3Fault } from "./fault";
import { type Bucket, inBytes } from "./state";
import { element, xml } from "./xml";

const MAX_KEYS = 1000;
/** Sorts behind every key that starts with a common prefix: the next page goes on after all of them. */
const BEHIND = "\u{10ffff}";

/** One page of ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listPage(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const limit = Math.min(maxKeys(query, bucket), MAX_KEYS);
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString();
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : (text: string) => text;

  const rows: string[] = [];
  let last = after;
  let truncated = false;
  for (const key of bucket.keys()) {
    if (!key.startsWith(prefix) || inBytes(key, last) <= 0) continue;
    if (rows.length === limit) {
      truncated = limit > 0;
      break;
    }
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (end >= 0) {
      const group = key.slice(0, end + delimiter.length);
      rows.push(`<CommonPrefixes>${element("Prefix", encode(group))}</CommonPrefixes>`);
      last = group + BEHIND;
    } else {
      rows.push(contents(bucket, key, encode));
      last = key;
    }
  }

  return xml("ListBucketResult", [
    element("Name", bucket.name),
    element("Prefix", encode(prefix)),
    ...(delimiter === "" ? [] : [element("Delimiter", encode(delimiter))]),
    element("MaxKeys", String(limit)),
    element("KeyCount", String(rows.length)),
    element("IsTruncated", String(truncated)),
    ...(truncated ? [element("NextContinuationToken", Buffer.from(last).toString("base64url"))] : []),
    ...rows,
  ]);
}

function maxKeys(query: URLSearchParams, bucket: Bucket): number {
  const text = query.get("max-keys") ?? String(MAX_KEYS);
  if (!/^\d+$/.test(text)) throw new S3Fault("InvalidArgument", 400, "Provided max-keys not an integer", bucket.name);
  return Number(text);
}

function contents(bucket: Bucket, key: string, encode: (text: string) => string): string {
  const object = bucket.objects.get(key);
  if (object === undefined) return "";
  return [
    "<Contents>",
    element("Key", encode(key)),
    element("LastModified", new Date(object.modified).toISOString()),
    element("ETag", object.etag),
    element("Size", String(object.body.length)),
    element("StorageClass", "STANDARD"),
    "</Contents>",
  ].join("");
}
