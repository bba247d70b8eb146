import { exchange } from "./rest/exchange";
import { HttpError } from "./rest/http-error";
import { type Within, within } from "./rest/within";

export { HttpError } from "./rest/http-error";

export interface RestClientOptions {
  /** Base URL. */
  endpoint: string;
  /** Waited for before the time of a call begins: a person's tools may take longer to sign in than a call may. */
  prepare?: ((signal: AbortSignal | undefined) => Promise<unknown>) | undefined;
  /** Headers that say who calls. Asked within the time of each call. */
  authorization(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Told when a call is answered with 401: what `authorization` said is of no use any more. */
  unauthorized(): void;
  /** Longest wait for one answer with its body, milliseconds. Default 5 s. */
  timeoutMs?: number | undefined;
}

export interface RestCall {
  /** Default: POST with a body, GET without. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined;
  /** What follows the base URL, with the query: `/v1/projects/p/topics/t:publish`. */
  path: string;
  /** An object goes as JSON; text (of JSON) and bytes as they are. */
  body?: object | string | Uint8Array | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Instead of the client's. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface RestAnswer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** A service over REST: no library to load, which is most of a function's start. */
export interface RestClient {
  /** Base URL, without a slash at its end. */
  readonly endpoint: string;
  /** One call. Whatever the status, there is an answer; throws network errors, `TimeoutError` and `AbortError`. */
  send(call: RestCall): Promise<RestAnswer>;
  /** One call that must succeed. Throws HttpError too; the table of each cloud's errors reads all of them. */
  bytes(call: RestCall): Promise<RestAnswer>;
  /** The same, of JSON. An empty answer is `{}`. */
  json<T>(call: RestCall): Promise<T>;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** Of a refusal: what a service says of itself is much shorter. */
const MAX_ERROR_CHARS = 64 * 1024;

export function restClient(options: RestClientOptions): RestClient {
  const { prepare, authorization, unauthorized, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const endpoint = options.endpoint.replace(/\/+$/, "");

  async function send(call: RestCall): Promise<RestAnswer> {
    const { path, body, signal } = call;
    let ended: Within | undefined;
    try {
      await prepare?.(signal);
      ended = within(call.timeoutMs ?? timeoutMs, signal);
      const headers = { ...(await authorization(ended.signal)), ...typeOf(body), ...call.headers };
      const answer = await exchange({
        url: new URL(endpoint + path),
        method: call.method ?? (body === undefined ? "GET" : "POST"),
        headers,
        body: contentOf(body),
        signal: ended.signal,
      });
      if (answer.status === 401) unauthorized();
      return answer;
    } catch (thrown) {
      // The reason of a signal can be anything; that it was the caller's must stay visible.
      throw signal?.aborted ? new DOMException("The caller cancelled it.", "AbortError") : thrown;
    } finally {
      ended?.dispose();
    }
  }

  async function bytes(call: RestCall): Promise<RestAnswer> {
    const answer = await send(call);
    if (answer.status < 200 || answer.status >= 300) throw refusal(answer);
    return answer;
  }

  return {
    endpoint,
    send,
    bytes,
    json: async <T>(call: RestCall): Promise<T> => {
      const answer = await bytes(call);
      if (answer.body.length === 0) return {} as T;
      try {
        return JSON.parse(textOf(answer)) as T;
      } catch {
        throw refusal(answer);
      }
    },
  };
}

function typeOf(body: RestCall["body"]): Record<string, string> {
  return body === undefined || body instanceof Uint8Array ? {} : { "content-type": "application/json" };
}

function contentOf(body: RestCall["body"]): string | Uint8Array | undefined {
  return typeof body !== "object" || body instanceof Uint8Array ? body : JSON.stringify(body);
}

/** The error that an answer is. */
export function refusal(answer: RestAnswer): HttpError {
  return new HttpError(answer.status, answer.headers, textOf(answer).slice(0, MAX_ERROR_CHARS));
}

function textOf({ body }: RestAnswer): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
