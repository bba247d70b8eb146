import { NodeHttpHandler } from "@smithy/node-http-handler";

/** What every adapter's options say about its client. Where one is left out, the SDK asks its environment. */
export interface ClientOptions {
  /** As `eu-central-1`. Default: AWS_REGION. */
  region?: string | undefined;
  /** Base URL instead of the region's own. Default: AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL. */
  endpoint?: string | undefined;
  /** Longest wait for one answer, milliseconds. Default 5 s. */
  requestTimeoutMs?: number | undefined;
  /** Calls in all that the SDK makes by itself, the first included. Default 2. */
  maxAttempts?: number | undefined;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 5_000;

/** The pipeline's engine retries above the SDK: more attempts here would multiply with its own. */
const DEFAULT_MAX_ATTEMPTS = 2;

const CONNECTION_TIMEOUT_MS = 1_000;
const SOCKETS = { keepAlive: true, maxSockets: 64 };

/** What goes wrong comes back as an error; a log line of the SDK could hold payload. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** What every client's constructor takes. The connections belong to the client: `client.destroy()` closes them. */
export function clientConfig(options: ClientOptions = {}) {
  const { region, endpoint } = options;
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    // Always HTTP/1.1: KinesisClient would speak HTTP/2, which neither emulators nor proxies understand.
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
      // Without this a request that takes too long is logged, and goes on.
      throwOnRequestTimeout: true,
      httpAgent: SOCKETS,
      httpsAgent: SOCKETS,
      logger: SILENT,
    }),
    logger: SILENT,
    // Only S3 reads it: a bucket's name in front of 127.0.0.1 is no host.
    forcePathStyle: (endpoint ?? process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"]) !== undefined,
  };
}

/** A client that is made at its first use, unless there is one. `close` ends only what was made here. */
export function lazyClient<Client extends { destroy(): void }>(given: Client | undefined, make: () => Client) {
  let own: Client | undefined;
  return {
    get: (): Client => {
      if (given !== undefined) return given;
      own ??= make();
      return own;
    },
    close: async (): Promise<void> => own?.destroy(),
  };
}
