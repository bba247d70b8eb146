import type { ServerResponse } from "node:http";
import type { S3Request } from "../s3";
import { notImplemented, S3Fault } from "./fault";
import { listPage } from "./list";
import type { Bucket } from "./state";
import { element, texts, xml } from "./xml";

/** Most keys in one DeleteObjects. */
const MAX_DELETES = 1000;

/** A request to a bucket as a whole. */
export function bucketRequest(bucket: Bucket, call: S3Request, response: ServerResponse): "deleted" | undefined {
  const { method, query } = call;
  if (method === "HEAD") {
    response.end();
  } else if (method === "GET" && query.get("list-type") === "2") {
    response.setHeader("content-type", "application/xml").end(listPage(bucket, query));
  } else if (method === "POST" && query.has("delete")) {
    response.setHeader("content-type", "application/xml").end(deleteObjects(bucket, call.body.toString()));
  } else if (method === "DELETE" && query.size === 0) {
    if (bucket.objects.size > 0) {
      throw new S3Fault("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", bucket.name);
    }
    response.writeHead(204).end();
    return "deleted";
  } else {
    throw notImplemented(bucket.name);
  }
  return undefined;
}

/** A key that is not there counts as deleted. */
function deleteObjects(bucket: Bucket, document: string): string {
  const keys = texts(document, "Key");
  if (keys.length === 0 || keys.length > MAX_DELETES) {
    throw new S3Fault(
      "MalformedXML",
      400,
      "The XML you provided was not well-formed or did not validate against our published schema",
      bucket.name,
    );
  }
  for (const key of keys) bucket.delete(key);
  const quiet = texts(document, "Quiet")[0] === "true";
  return xml("DeleteResult", quiet ? [] : keys.map((key) => `<Deleted>${element("Key", key)}</Deleted>`));
}
