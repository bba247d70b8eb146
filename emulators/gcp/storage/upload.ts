import type { IncomingHttpHeaders } from "node:http";
import { ApiFault } from "../../api-fault";
import { notImplemented } from "../api-fault";

/** What an upload brings. */
export interface Upload {
  name: string;
  body: Buffer;
  contentType: string;
  contentEncoding: string | undefined;
  metadata: Record<string, string> | undefined;
}

interface ObjectMetadata {
  name?: string;
  contentType?: string;
  contentEncoding?: string;
  metadata?: Record<string, string>;
}

const DEFAULT_TYPE = "application/octet-stream";
/** UTF-8 bytes: https://cloud.google.com/storage/docs/objects#naming */
const MAX_NAME_BYTES = 1_024;

/** Reads an upload in one piece, with or without metadata before it: https://cloud.google.com/storage/docs/uploading-objects */
export function readUpload(headers: IncomingHttpHeaders, query: URLSearchParams, body: Buffer): Upload {
  const type = query.get("uploadType");
  if (type !== "media" && type !== "multipart") throw notImplemented(`uploadType ${type}`);
  const {
    metadata = {},
    content,
    contentType,
  } = type === "multipart"
    ? parts(headers["content-type"] ?? "", body)
    : { content: body, contentType: headers["content-type"] };
  const name = query.get("name") ?? metadata.name ?? "";
  if (name === "") throw new ApiFault(400, "required", "Required parameter: name");
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new ApiFault(400, "invalid", `The maximum object length is ${MAX_NAME_BYTES} characters.`);
  return {
    name,
    body: content,
    contentType: metadata.contentType ?? contentType ?? DEFAULT_TYPE,
    contentEncoding: query.get("contentEncoding") ?? metadata.contentEncoding,
    metadata: metadata.metadata,
  };
}

/** The two parts of multipart/related: metadata as JSON, then the content. */
function parts(
  type: string,
  body: Buffer,
): { metadata: ObjectMetadata; content: Buffer; contentType: string | undefined } {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(type);
  const mark = `--${boundary?.[1] ?? boundary?.[2]}`;
  const first = partAt(body, mark, body.indexOf(mark));
  const second = partAt(body, mark, first.end);
  if (boundary === null || second.end < 0) throw new ApiFault(400, "badContent", "Malformed multipart body.");
  return {
    metadata: JSON.parse(first.content.toString()) as ObjectMetadata,
    content: second.content,
    contentType: /^content-type:\s*(.+?)\s*$/im.exec(second.head)?.[1],
  };
}

/** The part whose boundary stands at `start`; `end` is where the next boundary stands, -1 if there is none. */
function partAt(body: Buffer, mark: string, start: number): { head: string; content: Buffer; end: number } {
  const nothing = { head: "", content: Buffer.alloc(0), end: -1 };
  if (start < 0) return nothing;
  const head = body.indexOf("\r\n\r\n", start);
  const next = head < 0 ? -1 : body.indexOf(`\r\n${mark}`, head + 2);
  if (next < 0) return nothing;
  return {
    head: body.toString("latin1", start + mark.length, head),
    content: body.subarray(head + 4, next),
    end: next + 2,
  };
}
