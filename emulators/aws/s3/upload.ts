import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { crc32 } from "node:zlib";
import { S3Fault } from "./fault";

export interface Upload {
  body: Buffer;
  /** Content-Encoding of the object; empty if it has none. */
  encoding: string;
  /** CRC-32 in base64, checked. */
  checksum: string | undefined;
}

/** Takes the framing off an uploaded body and checks what the client says about its content. */
export function unwrap(headers: IncomingHttpHeaders, body: Buffer, key: string): Upload {
  const encodings = (headers["content-encoding"] ?? "").split(",").map((encoding) => encoding.trim());
  const chunked = encodings.includes("aws-chunked");
  const content = chunked ? chunks(body, key) : { body, trailers: new Map<string, string>() };
  const length = headers["x-amz-decoded-content-length"];
  if (chunked && length !== undefined && Number(length) !== content.body.length) throw incomplete(key);
  const checksum = content.trailers.get("x-amz-checksum-crc32") ?? text(headers["x-amz-checksum-crc32"]);
  if (checksum !== undefined && checksum !== crc32Of(content.body)) {
    throw new S3Fault("BadDigest", 400, "The CRC32 you specified did not match the calculated checksum.", key);
  }
  const md5 = text(headers["content-md5"]);
  if (md5 !== undefined && md5 !== createHash("md5").update(content.body).digest("base64")) {
    throw new S3Fault("BadDigest", 400, "The Content-MD5 you specified did not match what we received.", key);
  }
  return {
    body: content.body,
    encoding: encodings.filter((encoding) => encoding !== "" && encoding !== "aws-chunked").join(","),
    checksum,
  };
}

/** The framing of a body whose length or checksum is not known up front: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html */
function chunks(body: Buffer, key: string): { body: Buffer; trailers: Map<string, string> } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", at);
    if (lineEnd < 0) throw incomplete(key);
    const size = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (Number.isNaN(size)) throw incomplete(key);
    at = lineEnd + 2;
    if (size === 0) break;
    if (at + size + 2 > body.length) throw incomplete(key);
    parts.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const trailers = new Map<string, string>();
  for (const line of body.toString("latin1", at).split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) trailers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { body: Buffer.concat(parts), trailers };
}

function crc32Of(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64");
}

function incomplete(key: string): S3Fault {
  return new S3Fault("IncompleteBody", 400, "The request body terminated unexpectedly", key);
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
