import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { ApiFault } from "../api-fault";
import { sendJson } from "../grpc/status";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { notImplemented, sendApiFault } from "./api-fault";
import { type Bucket, checkGeneration, createBucket, resourceOf } from "./storage/bucket";
import { listPage, objectRequest } from "./storage/object";
import { readUpload } from "./storage/upload";

/**
 * Cloud Storage's JSON API in this process, in memory: buckets, uploads in one piece (`media`, `multipart`), downloads with
 * ranges, lists with prefix, delimiter and pages, preconditions on the generation, which are atomic. Everything else
 * (resumable uploads, versions, copies, life cycle, decompression on the way out) answers 501 or is not there; nobody is
 * asked for a token.
 */
export interface StorageEmulator extends Listener {
  createBucket(name: string): void;
}

export interface StorageOptions extends ListenOptions {
  /** For generations. Default: the machine's. */
  clock?: { now(): number } | undefined;
}

/** A request to a bucket that exists. */
export interface StorageRequest {
  method: string;
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
}

const ROUTE = /^(\/upload|\/download)?\/storage\/v1\/b(?:\/([^/]+)(?:\/(o)(?:\/(.+))?)?)?$/;

export async function openStorage({ clock = Date, ...options }: StorageOptions = {}): Promise<StorageEmulator> {
  const buckets = new Map<string, Bucket>();
  let generation = 0;

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    try {
      route(request, response, body);
    } catch (thrown) {
      sendApiFault(response, thrown);
    }
  }, options);

  function route(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { method = "GET", headers, url = "/" } = request;
    const [path = "", search = ""] = url.split("?", 2);
    const match = ROUTE.exec(path);
    if (match === null) throw new ApiFault(404, "notFound", "Not Found");
    const [, service, bucketName, objects, objectName] = match;
    const call: StorageRequest = { method, headers, query: new URLSearchParams(search) };
    if (bucketName === undefined) {
      if (method !== "POST") throw notImplemented(`${method} of all buckets`);
      sendJson(response, insertBucket((JSON.parse(body.toString()) as { name: string }).name));
      return;
    }
    const bucket = buckets.get(decodeURIComponent(bucketName));
    if (bucket === undefined) throw new ApiFault(404, "notFound", "The specified bucket does not exist.");
    if (objectName !== undefined) objectRequest(bucket, decodeURIComponent(objectName), call, response);
    else if (method === "GET") sendJson(response, objects ? listPage(bucket, call.query) : bucketResource(bucket));
    else if (service === "/upload" && method === "POST") sendJson(response, insertObject(bucket, call, body));
    else throw notImplemented(`${method} of a bucket`);
  }

  function insertBucket(name: string): object {
    if (buckets.has(name))
      throw new ApiFault(
        409,
        "conflict",
        "Your previous request to create the named bucket succeeded and you already own it.",
      );
    const bucket = createBucket(name);
    buckets.set(name, bucket);
    return bucketResource(bucket);
  }

  /** Nothing else runs between the check and the write: no two writers both find the name free. */
  function insertObject(bucket: Bucket, { headers, query }: StorageRequest, body: Buffer): object {
    const upload = readUpload(headers, query, body);
    checkGeneration(query, bucket.get(upload.name));
    generation = Math.max(generation + 1, Math.floor(clock.now()) * 1_000);
    const object = { ...upload, generation };
    bucket.put(object);
    return resourceOf(bucket, object);
  }

  return {
    ...listener,
    createBucket: (name) => {
      if (!buckets.has(name)) insertBucket(name);
    },
  };
}

function bucketResource({ name }: Bucket): object {
  return { kind: "storage#bucket", id: name, name, location: "US", storageClass: "STANDARD" };
}
