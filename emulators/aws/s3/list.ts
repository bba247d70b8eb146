import { pageOfNames } from "../../name-page";
import { S3Fault } from "./fault";
import type { Bucket } from "./state";
import { element, xml } from "./xml";

const MAX_KEYS = 1000;

/** One page of ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listPage(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const limit = Math.min(maxKeys(query, bucket), MAX_KEYS);
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString();
  const encode = query.get("encoding-type") === "url" ? encodeURIComponent : (text: string) => text;

  const page = pageOfNames(bucket.keys(), { prefix, delimiter, after, limit });
  const rows = page.entries.map((entry) =>
    "group" in entry
      ? `<CommonPrefixes>${element("Prefix", encode(entry.group))}</CommonPrefixes>`
      : contents(bucket, entry.name, encode),
  );

  return xml("ListBucketResult", [
    element("Name", bucket.name),
    element("Prefix", encode(prefix)),
    ...(delimiter === "" ? [] : [element("Delimiter", encode(delimiter))]),
    element("MaxKeys", String(limit)),
    element("KeyCount", String(rows.length)),
    element("IsTruncated", String(page.next !== undefined)),
    ...(page.next === undefined
      ? []
      : [element("NextContinuationToken", Buffer.from(page.next).toString("base64url"))]),
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
