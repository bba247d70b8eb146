import { type AzureStubAnswer, type HttpRequest, storageFailure, withAzureStub } from "../../../../support/azure-stub";
import type { StubReply } from "../../../../support/http-stub";

export const CONTAINER = "/letters";
export const QUEUE = "/notices";

/** What a test wants in place of the service's own answer. */
export type Fault = (request: HttpRequest) => StubReply | undefined | Promise<StubReply | undefined>;

export interface BlobService {
  /** Of the container, and of the queue. */
  readonly container: string;
  readonly queue: string;
  /** By name, in the order of a listing. */
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly requests: readonly HttpRequest[];
  /** Texts of the queue's messages. */
  messages(): string[];
  /** Puts a blob there as somebody else would. */
  put(name: string, body: string | Uint8Array, modifiedAt?: number): void;
  faults: { set(fault: Fault | undefined): void };
}

export interface BlobServiceOptions {
  /** Blobs and folders of a listing's page. Default 5000. */
  page?: number;
  /** When blobs were modified, as far as a test does not say. Default 2026-01-01. */
  modifiedAt?: number;
}

interface Stored {
  body: Buffer;
  etag: string;
  modifiedAt: number;
}

/** Runs a test against one container and one queue of Storage, in memory: as much of it as the adapters use. */
export function withBlobs<T>(
  test: (service: BlobService) => Promise<T>,
  { page = 5_000, modifiedAt = Date.UTC(2026, 0, 1) }: BlobServiceOptions = {},
): Promise<T> {
  const stored = new Map<string, Stored>();
  const messages: string[] = [];
  let fault: Fault | undefined;
  let writes = 0;
  const put = (name: string, body: string | Uint8Array, at = modifiedAt) => {
    stored.set(name, { body: Buffer.from(body), etag: `0x${++writes}`, modifiedAt: at });
  };

  const answer: AzureStubAnswer = async (request) => {
    const { pathname, searchParams } = new URL(request.path, "http://storage");
    const wanted = await fault?.(request);
    if (wanted !== undefined) return wanted;
    if (pathname === `${QUEUE}/messages`) {
      messages.push(/<MessageText>(.*)<\/MessageText>/.exec(request.body.toString())?.[1] ?? "");
      return { status: 201, body: "" };
    }
    if (!pathname.startsWith(CONTAINER)) return storageFailure(404, "ContainerNotFound");
    if (searchParams.get("comp") === "list") return { body: listing(stored, searchParams, page) };
    return blobAnswer(request, decodeURIComponent(pathname.slice(CONTAINER.length + 1)), stored, put);
  };

  return withAzureStub(answer, ({ endpoint, requests }) =>
    test({
      container: endpoint + CONTAINER,
      queue: endpoint + QUEUE,
      get blobs() {
        return new Map([...stored].sort(byName).map(([name, { body }]) => [name, body]));
      },
      requests,
      messages: () => messages.map((text) => Buffer.from(text, "base64").toString()),
      put,
      faults: {
        set: (wanted) => {
          fault = wanted;
        },
      },
    }),
  );
}

function blobAnswer(
  { method, headers, body }: HttpRequest,
  name: string,
  stored: Map<string, Stored>,
  put: BlobService["put"],
): StubReply {
  const blob = stored.get(name);
  if (method === "PUT") {
    if (headers["x-ms-blob-type"] !== "BlockBlob") return storageFailure(400, "MissingRequiredHeader");
    if (headers["if-none-match"] === "*" && blob !== undefined) return storageFailure(409, "BlobAlreadyExists");
    const match = headers["if-match"];
    if (match !== undefined && match !== `"${blob?.etag}"`) return storageFailure(412, "ConditionNotMet");
    put(name, body);
    return { status: 201, body: "" };
  }
  if (blob === undefined) return storageFailure(404, "BlobNotFound");
  if (method === "DELETE") {
    stored.delete(name);
    return { status: 202, body: "" };
  }
  const match = headers["if-match"];
  if (match !== undefined && match !== `"${blob.etag}"`) return storageFailure(412, "ConditionNotMet");
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers.range)) ?? [];
  const part = from === undefined ? blob.body : blob.body.subarray(Number(from), Number(to) + 1);
  return { status: from === undefined ? 200 : 206, headers: { etag: `"${blob.etag}"` }, body: part };
}

/** https://learn.microsoft.com/rest/api/storageservices/list-blobs */
function listing(stored: ReadonlyMap<string, Stored>, query: URLSearchParams, page: number): string {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter");
  const entries = new Map<string, string>();
  for (const [name, { body, etag, modifiedAt }] of [...stored].sort(byName)) {
    if (!name.startsWith(prefix)) continue;
    const end = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length);
    if (end !== -1) {
      const folder = name.slice(0, end + 1);
      entries.set(folder, `<BlobPrefix><Name>${escaped(folder)}</Name></BlobPrefix>`);
    } else
      entries.set(
        name,
        `<Blob><Name>${escaped(name)}</Name><Properties><Last-Modified>${new Date(modifiedAt).toUTCString()}</Last-Modified>` +
          `<Etag>${etag}</Etag><Content-Length>${body.length}</Content-Length></Properties></Blob>`,
      );
  }
  const marker = query.get("marker") ?? "";
  const left = [...entries].filter(([name]) => name >= marker);
  const next = left[page]?.[0] ?? "";
  const found = left.slice(0, page).map(([, xml]) => xml);
  return `\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="letters"><Blobs>${found.join("")}</Blobs><NextMarker>${escaped(next)}</NextMarker></EnumerationResults>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
