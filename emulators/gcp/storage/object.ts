import type { ServerResponse } from "node:http";
import { ApiFault } from "../../api-fault";
import { inBytes } from "../../byte-order";
import { rangeOf } from "../../byte-range";
import { sendJson } from "../../grpc/status";
import { pageOfNames } from "../../name-page";
import { notImplemented } from "../api-fault";
import type { StorageRequest } from "../storage";
import { type Bucket, checkGeneration, resourceOf, type StoredObject } from "./bucket";

const MAX_RESULTS = 1_000;

/** A request to one object. */
export function objectRequest(bucket: Bucket, name: string, call: StorageRequest, response: ServerResponse): void {
  const object = bucket.get(name);
  if (call.method !== "GET" && call.method !== "DELETE") throw notImplemented(`${call.method} of an object`);
  const wanted = call.query.get("generation");
  if (object === undefined || (wanted !== null && wanted !== String(object.generation)))
    throw new ApiFault(404, "notFound", `No such object: ${bucket.name}/${name}`);
  checkGeneration(call.query, object);
  if (call.method === "DELETE") {
    bucket.delete(name);
    response.writeHead(204).end();
  } else if (call.query.get("alt") === "media") {
    sendMedia(object, call, response);
  } else {
    sendJson(response, resourceOf(bucket, object));
  }
}

/** One page: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export function listPage(bucket: Bucket, query: URLSearchParams): object {
  const after = Buffer.from(query.get("pageToken") ?? "", "base64url").toString();
  const limit = Math.min(Number(query.get("maxResults") ?? MAX_RESULTS), MAX_RESULTS);
  const start = query.get("startOffset") ?? "";
  const end = query.get("endOffset");
  const { entries, next } = pageOfNames(
    bucket.names().filter((name) => inBytes(name, start) >= 0 && (end === null || inBytes(name, end) < 0)),
    { prefix: query.get("prefix") ?? "", delimiter: query.get("delimiter") ?? "", after, limit },
  );
  const prefixes = entries.flatMap((entry) => ("group" in entry ? [entry.group] : []));
  const items = entries.flatMap((entry) => ("name" in entry ? [resourceOf(bucket, bucket.get(entry.name)!)] : []));
  return {
    kind: "storage#objects",
    ...(prefixes.length === 0 ? {} : { prefixes }),
    ...(items.length === 0 ? {} : { items }),
    ...(next === undefined ? {} : { nextPageToken: Buffer.from(next).toString("base64url") }),
  };
}

function sendMedia(object: StoredObject, call: StorageRequest, response: ServerResponse): void {
  const range = rangeOf(call.headers.range, object.body.length);
  if (range === "unsatisfiable")
    throw new ApiFault(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.");
  response.setHeader("content-type", object.contentType);
  response.setHeader("x-goog-generation", String(object.generation));
  if (object.contentEncoding !== undefined) response.setHeader("content-encoding", object.contentEncoding);
  const body = range === undefined ? object.body : object.body.subarray(range.start, range.end);
  if (range !== undefined) {
    response.statusCode = 206;
    response.setHeader("content-range", `bytes ${range.start}-${range.end - 1}/${object.body.length}`);
  }
  response.setHeader("content-length", body.length).end(body);
}
