import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DEFAULT_MAX_ROWS } from "../../adapters/endpoint";
import { systemClock } from "../../adapters/system";
import { microBatched } from "../../shared/batcher";
import type { Clock } from "../../shared/clock";
import type { ModelInfo } from "../../shared/ports";
import { createGate, type GateLimits } from "./gate";
import { createHandler, type Serving } from "./handler";
import { openServedModel } from "./model";
import { DEFAULT_ROUTES, type Routes } from "./routes";

export interface ModelServerOptions {
  /** Where the model may be; the first folder that holds one counts. */
  modelDirs: readonly string[];
  /** Default 127.0.0.1. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  /** Threads inside one run of the model. Default 1. */
  threads?: number | undefined;
  /** Most rows per request. Default 10,000. */
  maxRows?: number | undefined;
  /** Longest body, bytes. Default 10 MiB, the most that a platform passes on (Vertex AI, dedicated endpoint). */
  maxBodyBytes?: number | undefined;
  /** What may be under way at once. Default: 100 requests (Cloud Run sends up to 80) of 64 MiB together. */
  limits?: Partial<GateLimits> | undefined;
  routes?: Routes | undefined;
  /** One call per start, stop and error; never any payload. */
  log?: ((entry: LogEntry) => void) | undefined;
  clock?: Clock | undefined;
}

export interface LogEntry {
  event: "listening" | "ready" | "stopping" | "stopped" | "error";
  [detail: string]: string | number;
}

export interface ModelServer {
  readonly port: number;
  /** `http://host:port`. */
  readonly url: string;
  /** The model has predicted. Rejects with a ConfigError if it cannot be served; the server says 503 until it is closed. */
  readonly ready: Promise<ModelInfo>;
  /** Takes no new connection, finishes what is under way for so many milliseconds (default 25,000), and frees the model. */
  close(graceMs?: number): Promise<void>;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const LIMITS: GateLimits = { maxRequests: 100, maxBytes: 64 * 1024 * 1024 };

/** Longer than a load balancer keeps an idle connection (Google's: 600 s), or it would send into one that we are closing. */
const KEEP_ALIVE_MS = 620_000;
/** No platform waits longer for an answer, so nobody may take longer to ask. */
const REQUEST_TIMEOUT_MS = 60_000;
/** SageMaker kills 30 s after its SIGTERM. */
const GRACE_MS = 25_000;

/** Serves a model over HTTP. It listens at once and says 503 until the model has predicted. */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const { host = "127.0.0.1", log = () => {}, clock = systemClock } = options;
  const gate = createGate({ ...LIMITS, ...options.limits });
  let serving: Serving | undefined;
  let closing: Promise<void> | undefined;

  const handle = createHandler({
    routes: options.routes ?? DEFAULT_ROUTES,
    maxRows: options.maxRows ?? DEFAULT_MAX_ROWS,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    gate,
    log,
    serving: () => serving,
    stopping: () => closing !== undefined,
  });
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_TIMEOUT_MS }, handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log({ event: "listening", host, port });

  const from = clock.monotonic();
  const loading = openServedModel(options.modelDirs, options.threads ?? 1);
  const ready = loading.then(({ info, outputs, ...infer }) => {
    // One run at a time: it has the core for itself, and calls that come meanwhile go together into the next.
    serving = { infer: microBatched(infer, { maxInFlight: 1 }), info, outputs };
    log({ event: "ready", model: info.version, width: info.width, loadMs: Math.round(clock.monotonic() - from) });
    return info;
  });
  ready.catch(() => {});

  async function shutDown(graceMs: number): Promise<void> {
    log({ event: "stopping", requests: gate.requests });
    const ended = new AbortController();
    clock.sleep(graceMs, ended.signal).then(
      () => server.closeAllConnections(),
      () => {},
    );
    await new Promise<void>((resolve) => server.close(() => resolve()));
    ended.abort();
    const model = await loading.catch(() => undefined);
    await model?.close();
    log({ event: "stopped" });
  }

  return {
    port,
    url: `http://${host}:${port}`,
    ready,
    close: (graceMs = GRACE_MS) => {
      closing ??= shutDown(graceMs);
      return closing;
    },
  };
}
