import type { Clock } from "../../shared/clock";
import type { Pipeline } from "../../shared/pipeline";
import type { Infer } from "../../shared/ports";
import { createEndpointInfer, RESPONSE_TYPE } from "../endpoint";
import { lazy } from "../lazy";
import { type GcpClient, type GcpCredentials, gcpClient } from "./client";
import { invokeError } from "./infer/errors";
import { type EndpointKind, targetOf } from "./infer/target";

export type { EndpointKind } from "./infer/target";

export interface GcpInferOptions {
  pipeline: Pipeline;
  /**
   * Cloud Run: the service's URL. Vertex AI: the endpoint's own URL up to `:rawPredict`; an endpoint with a DNS name of its
   * own refuses calls to the shared one.
   */
  url: string;
  kind: EndpointKind;
  client?: GcpClient | undefined;
  credentials?: GcpCredentials | undefined;
  /** Of the identity token for Cloud Run. Default: the URL's origin. */
  audience?: string | undefined;
  /** Longest wait for one answer, milliseconds. Default 30 s. */
  requestTimeoutMs?: number | undefined;
  /** Longest request and longest answer, bytes. Default: what the endpoint passes on. */
  maxRequestBytes?: number | undefined;
  /** Most rows that the server takes in one request. Default: what ours does. */
  maxRows?: number | undefined;
  clock?: Clock | undefined;
}

/** Inference by our model server on Cloud Run or Vertex AI. */
export interface GcpInfer extends Infer {
  /** The client in use. */
  readonly client: GcpClient;
}

/** A first request may wait for its container to start. The batch's own deadline ends it earlier where it has to. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * One request per micro-batch. See `createEndpointInfer` for what it throws.
 * @throws ConfigError if the URL is none of that kind.
 */
export function gcpInfer(options: GcpInferOptions): GcpInfer {
  const { pipeline, url, kind, maxRows } = options;
  const target = targetOf(url, kind);
  const client = lazy(() => options.client ?? openClient(options, target.origin));

  const infer = createEndpointInfer({
    pipeline,
    adapter: "gcp/infer",
    where: `${kind === "vertex" ? "Vertex AI endpoint" : "Cloud Run service"} ${url}`,
    maxRequestBytes: options.maxRequestBytes ?? target.maxRequestBytes,
    maxRows,
    send: async (body, contentType, signal) => {
      const headers = { "content-type": contentType, accept: RESPONSE_TYPE };
      try {
        return (await client().bytes({ path: target.path, body, headers, signal })).body;
      } catch (thrown) {
        throw invokeError(thrown, url);
      }
    },
    // The connections are the process's own.
    close: async () => {},
  });

  return {
    ...infer,
    get client() {
      return client();
    },
  };
}

function openClient(options: GcpInferOptions, origin: string): GcpClient {
  const { kind, credentials, clock, requestTimeoutMs: timeoutMs = REQUEST_TIMEOUT_MS } = options;
  const audience = kind === "cloud-run" ? (options.audience ?? origin) : undefined;
  return gcpClient({ endpoint: origin, credentials, audience, timeoutMs, clock });
}
