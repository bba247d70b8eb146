import type { Clock } from "../../shared/clock";
import { ConfigError } from "../../shared/errors";
import { systemClock } from "../system";
import { type GcpCredentials, gcpCredentials } from "./client/credentials";
import { GcpHttpError } from "./client/http-error";
import { emulatorOf, type GcpService, OWN_ENDPOINTS } from "./client/services";
import { within } from "./client/within";

export { type GcpCredentials, gcpCredentials } from "./client/credentials";
export { GcpHttpError } from "./client/http-error";
export type { GcpService } from "./client/services";

export interface GcpClientOptions {
  /** Whose endpoint, and whose emulator variable. May be left out where there is an endpoint. */
  service?: GcpService | undefined;
  /** Base URL. Default: the service's emulator variable (PUBSUB_EMULATOR_HOST ...), otherwise Google's own. */
  endpoint?: string | undefined;
  /** Where tokens come from; clients that share one share its tokens. Default: as `gcpCredentials`, and none over plain HTTP. */
  credentials?: GcpCredentials | undefined;
  /** Audience of an identity token to call with, as Cloud Run wants it, instead of an access token. */
  audience?: string | undefined;
  /** Longest wait for one answer with its body, milliseconds. Default 5 s. */
  timeoutMs?: number | undefined;
  clock?: Clock | undefined;
}

export interface GcpCall {
  /** Default: POST with a body, GET without. */
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | undefined;
  /** From the root, with the query: `/v1/projects/p/topics/t:publish`. */
  path: string;
  /** An object goes as JSON; text (of JSON) and bytes as they are. */
  body?: object | string | Uint8Array | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** Instead of the client's. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface GcpAnswer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** A Google service over REST: no library to load, which is most of a function's start. */
export interface GcpClient {
  /** Base URL, without a slash at its end. */
  readonly endpoint: string;
  /** One call. Whatever the status, there is an answer; throws network errors, `TimeoutError` and `AbortError`. */
  send(call: GcpCall): Promise<GcpAnswer>;
  /** One call that must succeed. Throws GcpHttpError too; `gcpError` reads all of them. */
  bytes(call: GcpCall): Promise<GcpAnswer>;
  /** The same, of JSON. An empty answer is `{}`. */
  json<T>(call: GcpCall): Promise<T>;
  /** An identity token of the account we run as, for a service that checks who calls. */
  identityToken(audience: string, signal?: AbortSignal): Promise<string>;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** Of a refusal: what Google says of itself is much shorter. */
const MAX_ERROR_CHARS = 64 * 1024;

export function gcpClient(options: GcpClientOptions): GcpClient {
  const { service, audience, clock = systemClock, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const emulator = options.endpoint === undefined && service !== undefined ? emulatorOf(service) : undefined;
  const endpoint = endpointOf(options, emulator);
  const credentials = options.credentials ?? gcpCredentials({ clock });
  // An emulator checks no token; and over plain HTTP, anyone on the way could take it.
  const anonymous = emulator !== undefined || (options.credentials === undefined && endpoint.startsWith("http:"));

  async function authorization(signal: AbortSignal): Promise<Record<string, string>> {
    if (anonymous) return {};
    if (audience === undefined) return credentials.headers(signal);
    return { authorization: `Bearer ${await credentials.identityToken(audience, signal)}` };
  }

  async function send(call: GcpCall): Promise<GcpAnswer> {
    const { path, body, signal } = call;
    const ended = within(call.timeoutMs ?? timeoutMs, signal);
    try {
      const headers = { ...(await authorization(ended.signal)), ...typeOf(body), ...call.headers };
      const response = await fetch(endpoint + path, {
        method: call.method ?? (body === undefined ? "GET" : "POST"),
        headers,
        body: contentOf(body),
        signal: ended.signal,
        // A token must not follow to wherever an answer points.
        redirect: "manual",
      });
      const answer = {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: new Uint8Array(await response.arrayBuffer()),
      };
      if (answer.status === 401) credentials.forget();
      return answer;
    } catch (thrown) {
      // The reason of a signal can be anything; that it was the caller's must stay visible.
      throw signal?.aborted ? new DOMException("The caller cancelled it.", "AbortError") : thrown;
    } finally {
      ended.dispose();
    }
  }

  async function bytes(call: GcpCall): Promise<GcpAnswer> {
    const answer = await send(call);
    if (answer.status < 200 || answer.status >= 300) throw refusal(answer);
    return answer;
  }

  return {
    endpoint,
    send,
    bytes,
    json: async <T>(call: GcpCall): Promise<T> => {
      const answer = await bytes(call);
      if (answer.body.length === 0) return {} as T;
      try {
        return JSON.parse(textOf(answer)) as T;
      } catch {
        throw refusal(answer);
      }
    },
    identityToken: (wanted, signal) => credentials.identityToken(wanted, signal),
  };
}

function endpointOf({ endpoint, service }: GcpClientOptions, emulator: string | undefined): string {
  const base = endpoint ?? emulator ?? (service && OWN_ENDPOINTS[service]);
  if (base !== undefined && URL.canParse(base)) return base.replace(/\/+$/, "");
  throw new ConfigError(
    base === undefined ? "there is no endpoint." : `${base} is no URL.`,
    "endpoint",
    "Give a base URL, as `https://pubsub.googleapis.com`.",
  );
}

function typeOf(body: GcpCall["body"]): Record<string, string> {
  return body === undefined || body instanceof Uint8Array ? {} : { "content-type": "application/json" };
}

function contentOf(body: GcpCall["body"]): string | Uint8Array<ArrayBuffer> | null {
  if (body === undefined) return null;
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body);
}

function refusal(answer: GcpAnswer): GcpHttpError {
  return new GcpHttpError(answer.status, answer.headers, textOf(answer).slice(0, MAX_ERROR_CHARS));
}

function textOf({ body }: GcpAnswer): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}
