import type { Clock, Random } from "../../shared/clock";
import { lazy } from "../lazy";
import type { ListedObject, Objects } from "../objects";
import { inPieces } from "../pieces";
import type { ErrorPlace } from "../place";
import type { RestCall } from "../rest";
import { systemClock, systemRandom } from "../system";
import { attempted, DEFAULT_MAX_ATTEMPTS } from "./attempts";
import { readList } from "./blob/list";
import { type AzureClient, type AzureClientOptions, azureClient, SCOPES } from "./client";
import { isConditionFailed, isNotFound } from "./errors";

export interface BlobContainerOptions extends Pick<AzureClientOptions, "credentials" | "timeoutMs"> {
  /** URL, `https://<account>.blob.core.windows.net/<container>`. */
  container: string;
  /** Whose errors these are. */
  place: ErrorPlace;
  /** Calls in all for one request, the first included. Default 2. */
  maxAttempts?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** Used instead of one of our own. */
  client?: AzureClient | undefined;
}

export interface ListedBlob extends ListedObject {
  /** Another one whenever the blob is replaced. */
  etag: string;
}

export interface PutBlobOptions {
  contentType?: string | undefined;
  /** Only where there is no blob of this name yet. */
  ifAbsent?: boolean | undefined;
  /** Only where the blob still is this one. */
  ifMatch?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Blobs of a container. Everything throws SluiceError; ConfigError, at the first use, where the URL is none. */
export interface BlobContainer extends Objects<ListedBlob> {
  /** Made at its first use. */
  readonly client: AzureClient;
  /** Whether it is written: not if its condition is unmet. */
  put(name: string, body: string | Uint8Array, options?: PutBlobOptions): Promise<boolean>;
  /** Undefined if it is not there. */
  get(
    name: string,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<{ body: Buffer; etag: string } | undefined>;
  /** Whether it was there. */
  delete(name: string, options?: { signal?: AbortSignal | undefined }): Promise<boolean>;
  /** The bytes of a blob, in pieces: what fails is read again, and nothing but the piece. One that was replaced is an error. */
  read(blob: ListedBlob, signal: AbortSignal | undefined): AsyncGenerator<Buffer>;
}

/** https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services */
export const STORAGE_VERSION = { "x-ms-version": "2021-12-02" } as const;

/** At a time: one answer must come within the client's deadline, also on a slow line. */
const PIECE_BYTES = 2 * 1024 * 1024;

const BLOB = { "x-ms-blob-type": "BlockBlob" } as const;

export function blobContainer(options: BlobContainerOptions): BlobContainer {
  const { container: endpoint, place, credentials, timeoutMs, maxAttempts = DEFAULT_MAX_ATTEMPTS } = options;
  const { clock = systemClock, random = systemRandom } = options;
  const client = lazy(
    () => options.client ?? azureClient({ endpoint, scope: SCOPES.storage, credentials, timeoutMs, clock }),
  );

  /** Undefined where a refusal is the answer. */
  const send = (call: RestCall, isAnswer: (thrown: unknown) => boolean = () => false) => {
    const headers = { ...STORAGE_VERSION, ...call.headers };
    const context = { place, clock, random, maxAttempts, signal: call.signal };
    return attempted(async () => {
      try {
        return await client().bytes({ ...call, headers });
      } catch (thrown) {
        if (isAnswer(thrown)) return undefined;
        throw thrown;
      }
    }, context);
  };
  const get: BlobContainer["get"] = async (name, { signal } = {}) => {
    const answer = await send({ path: pathOf(name), signal }, isNotFound);
    return answer && { body: bufferOf(answer.body), etag: answer.headers["etag"] ?? "" };
  };

  return {
    get client() {
      return client();
    },

    put: async (name, body, { contentType = "application/octet-stream", ifAbsent, ifMatch, signal } = {}) => {
      const headers = {
        ...BLOB,
        "content-type": contentType,
        ...(ifAbsent ? { "if-none-match": "*" } : {}),
        ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      };
      return (
        (await send({ method: "PUT", path: pathOf(name), body, headers, signal }, isConditionFailed)) !== undefined
      );
    },

    get,

    text: async (name, signal) => (await get(name, { signal }))?.body.toString(),

    delete: async (name, { signal } = {}) =>
      (await send({ method: "DELETE", path: pathOf(name), signal }, isNotFound)) !== undefined,

    read: ({ key, bytes, etag }, signal) =>
      inPieces(bytes, PIECE_BYTES, async (range) => {
        const answer = await send({ path: pathOf(key), headers: { range, "if-match": etag }, signal });
        return answer?.body ?? new Uint8Array(0);
      }),

    pages: async function* ({ prefix, flat = false }, signal) {
      for (let marker = ""; ; ) {
        const query = new URLSearchParams({
          restype: "container",
          comp: "list",
          prefix,
          maxresults: "1000",
          ...(flat ? { delimiter: "/" } : {}),
          ...(marker === "" ? {} : { marker }),
        });
        const answer = await send({ path: `?${query}`, signal });
        const { page, next } = await readList(answer?.body ?? new Uint8Array(0), place);
        yield page;
        if (next === "") return;
        marker = next;
      }
    },
  };
}

function pathOf(name: string): string {
  return `/${name.split("/").map(encodeURIComponent).join("/")}`;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
