import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { rangeOf } from "../../byte-range";
import type { S3Request } from "../s3";
import { notImplemented, S3Fault } from "./fault";
import type { Bucket, StoredObject } from "./state";
import { unwrap } from "./upload";

const KEPT = ["content-type", "content-language", "content-disposition", "cache-control", "expires"];
const MAX_KEY_BYTES = 1024;
/** Names without their prefix and values, together. */
const MAX_METADATA_BYTES = 2048;
const METADATA = "x-amz-meta-";

/** A request to one object. */
export function objectRequest(bucket: Bucket, key: string, call: S3Request, response: ServerResponse): void {
  const operation =
    call.query.size === 0 || (call.query.size === 1 && call.query.has("x-id")) ? call.method : undefined;
  if (operation === "PUT" && call.headers["x-amz-copy-source"] === undefined) put(bucket, key, call, response);
  else if (operation === "GET" || operation === "HEAD") get(bucket, key, call, response);
  else if (operation === "DELETE") {
    bucket.delete(key);
    response.writeHead(204).end();
  } else throw notImplemented(key);
}

function put(bucket: Bucket, key: string, call: S3Request, response: ServerResponse): void {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Fault("KeyTooLongError", 400, "Your key is too long", key);
  const { body, encoding, checksum } = unwrap(call.headers, call.body, key);
  const headers: Record<string, string> = { "content-type": "binary/octet-stream" };
  for (const name of KEPT) {
    const value = call.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  if (encoding !== "") headers["content-encoding"] = encoding;
  Object.assign(headers, userMetadata(call, key));
  if (checksum !== undefined) headers["x-amz-checksum-crc32"] = checksum;

  // Nothing else runs between the check and the write: no two writers both find the key free.
  check(bucket.objects.get(key), call, key);
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  bucket.put(key, { body, etag, modified: call.now, headers });
  response.setHeader("etag", etag).end();
}

function userMetadata(call: S3Request, key: string): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(call.headers)) {
    if (!name.startsWith(METADATA) || typeof value !== "string") continue;
    metadata[name] = value;
    bytes += name.length - METADATA.length + Buffer.byteLength(value);
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Fault("MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size", key);
  }
  return metadata;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function check(existing: StoredObject | undefined, call: S3Request, key: string): void {
  const { "if-none-match": none, "if-match": match } = call.headers;
  if (none !== undefined && none !== "*") throw notImplemented(key);
  if (match !== undefined && existing === undefined) throw noSuchKey(key);
  if (
    (none === "*" && existing !== undefined) ||
    (match !== undefined && unquoted(match) !== unquoted(existing?.etag))
  ) {
    throw new S3Fault("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold", key);
  }
}

function get(bucket: Bucket, key: string, call: S3Request, response: ServerResponse): void {
  const object = bucket.objects.get(key);
  if (object === undefined) throw noSuchKey(key);
  const { "x-amz-checksum-crc32": checksum, ...headers } = object.headers;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("etag", object.etag);
  response.setHeader("last-modified", new Date(object.modified).toUTCString());
  response.setHeader("accept-ranges", "bytes");

  const range = rangeOf(call.headers.range, object.body.length);
  if (range === "unsatisfiable") throw new S3Fault("InvalidRange", 416, "The requested range is not satisfiable", key);
  const body = range === undefined ? object.body : object.body.subarray(range.start, range.end);
  if (range !== undefined) {
    response.statusCode = 206;
    response.setHeader("content-range", `bytes ${range.start}-${range.end - 1}/${object.body.length}`);
  } else if (checksum !== undefined && call.headers["x-amz-checksum-mode"] === "ENABLED") {
    response.setHeader("x-amz-checksum-crc32", checksum).setHeader("x-amz-checksum-type", "FULL_OBJECT");
  }
  response.setHeader("content-length", body.length);
  response.end(call.method === "HEAD" ? undefined : body);
}

function noSuchKey(key: string): S3Fault {
  return new S3Fault("NoSuchKey", 404, "The specified key does not exist.", key);
}

function unquoted(etag: string | undefined): string | undefined {
  return etag?.replace(/^"|"$/g, "");
}
