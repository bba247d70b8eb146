import type { IncomingMessage, ServerResponse } from "node:http";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { bucketRequest } from "./s3/bucket";
import { S3Fault, sendFault } from "./s3/fault";
import { objectRequest } from "./s3/object";
import { type Bucket, createBucket } from "./s3/state";

/**
 * S3 in this process, in memory: buckets, single-part objects, DeleteObjects and ListObjectsV2, addressed by path
 * (`forcePathStyle`). As in the service: conditional writes (`If-None-Match: *`, `If-Match`) are atomic per key, aws-chunked
 * bodies are unwrapped, CRC-32 and MD5 are checked, Content-Encoding and user metadata come back as they went in, keys list
 * in byte order. Everything else (multipart, versions, copies, life cycle) answers 501.
 */
export interface S3Emulator extends Listener {
  createBucket(name: string): void;
}

export interface S3Options extends ListenOptions {
  /** For LastModified. Default: the machine's. */
  clock?: { now(): number } | undefined;
}

/** A request to a bucket that exists. */
export interface S3Request {
  method: string;
  headers: IncomingMessage["headers"];
  query: URLSearchParams;
  body: Buffer;
  now: number;
}

export async function openS3({ clock = Date, ...options }: S3Options = {}): Promise<S3Emulator> {
  const buckets = new Map<string, Bucket>();
  const create = (name: string) => {
    if (!buckets.has(name)) buckets.set(name, createBucket(name));
  };
  let requests = 0;

  const listener = await listen(async (request, response) => {
    response.setHeader("x-amz-request-id", String(++requests).padStart(16, "0"));
    const body = await readBody(request);
    if (body === undefined) return;
    try {
      route(request, response, body);
    } catch (thrown) {
      if (!(thrown instanceof S3Fault)) throw thrown;
      sendFault(request, response, thrown);
    }
  }, options);

  function route(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    // Taken apart by hand: a URL object would resolve the dots and the empty parts that a key may have.
    const [, name = "", path = "", search = ""] = /^\/([^/?]*)\/?([^?]*)\??(.*)$/s.exec(request.url ?? "") ?? [];
    const call: S3Request = {
      method: request.method ?? "GET",
      headers: request.headers,
      query: new URLSearchParams(search),
      body,
      now: clock.now(),
    };
    if (call.method === "PUT" && path === "" && name !== "" && search === "") {
      create(name);
      response.setHeader("location", `/${name}`).end();
      return;
    }
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new S3Fault("NoSuchBucket", 404, "The specified bucket does not exist", name);
    if (path !== "") objectRequest(bucket, decodeURIComponent(path), call, response);
    else if (bucketRequest(bucket, call, response) === "deleted") buckets.delete(name);
  }

  return { ...listener, createBucket: create };
}
