import type { Clock } from "../../shared/clock";
import { ConfigError } from "../../shared/errors";
import type { Pipeline } from "../../shared/pipeline";
import type { Infer } from "../../shared/ports";
import { createEndpointInfer, RESPONSE_TYPE, refusedBy } from "../endpoint";
import { lazy } from "../lazy";
import { type AzureClient, type AzureCredentials, type AzureScope, azureClient, SCOPES } from "./client";
import { azureError } from "./errors";

export type EndpointKind = "container-app" | "azure-ml";

export interface AzureInferOptions {
  pipeline: Pipeline;
  /** The container app's URL, or the Azure ML endpoint's scoring URL, `https://<endpoint>.<region>.inference.ml.azure.com/score`. */
  url: string;
  kind: EndpointKind;
  /** Of the Azure ML endpoint. Default: as its traffic says. */
  deployment?: string | undefined;
  /** Whom tokens are for. Default: Azure ML's, and none for a container app, which only its own network reaches. */
  scope?: AzureScope | undefined;
  client?: AzureClient | undefined;
  credentials?: AzureCredentials | undefined;
  /** Longest wait for one answer, milliseconds. Default 30 s. */
  requestTimeoutMs?: number | undefined;
  /** Longest request and longest answer, bytes. Default: what the endpoint passes on. */
  maxRequestBytes?: number | undefined;
  /** Most rows that the server takes in one request. Default: what ours does. */
  maxRows?: number | undefined;
  clock?: Clock | undefined;
}

/** Inference by our model server in a container app, or behind an online endpoint of Azure ML. */
export interface AzureInfer extends Infer {
  /** The client in use. */
  readonly client: AzureClient;
}

/** A first request may wait for its container to start. The batch's own deadline ends it earlier where it has to. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Our model server takes 10 MiB; the front end of Azure ML 1.5 MB: https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas */
const MAX_BYTES = { "container-app": 10_000_000, "azure-ml": 1_500_000 } as const;

const NAMES = { "container-app": "container app", "azure-ml": "Azure ML endpoint" } as const;

/** Our model server's route, where the URL names none. */
const ROUTE = "/score";

/** How a front end says, with status 400, that a request is too long. */
const TOO_LONG = /\b(?:payload|request|body) (?:size|length)\b|too large/i;

const ADAPTER = "azure/infer";

/**
 * One request per micro-batch. See `createEndpointInfer` for what it throws. Whatever the front end of Azure ML answers by
 * itself (424 for a failure of the model, 429, 408, 502 to 504) blames no row.
 * @throws ConfigError if the URL is none.
 */
export function azureInfer(options: AzureInferOptions): AzureInfer {
  const { pipeline, url, kind, deployment, maxRows, maxRequestBytes = MAX_BYTES[kind] } = options;
  const { origin, path } = targetOf(url);
  const client = lazy(() => options.client ?? openClient(options, origin));
  const coordinates = { endpoint: url };
  const chosen = deployment === undefined ? {} : { "azureml-model-deployment": deployment };

  const infer = createEndpointInfer({
    pipeline,
    adapter: ADAPTER,
    where: `${NAMES[kind]} ${url}`,
    maxRequestBytes,
    maxRows,
    send: async (body, contentType, signal) => {
      const headers = { "content-type": contentType, accept: RESPONSE_TYPE, ...chosen };
      try {
        return (await client().bytes({ path, body, headers, signal })).body;
      } catch (thrown) {
        const error = azureError(thrown, { stage: "infer", adapter: ADAPTER, coordinates });
        throw refusedBy({ thrown, error, adapter: ADAPTER, coordinates, tooLong: TOO_LONG });
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

function openClient(options: AzureInferOptions, endpoint: string): AzureClient {
  const { kind, credentials, clock, requestTimeoutMs: timeoutMs = REQUEST_TIMEOUT_MS } = options;
  const scope = options.scope ?? (kind === "azure-ml" ? SCOPES.ml : undefined);
  return azureClient({ endpoint, scope, credentials, timeoutMs, clock });
}

function targetOf(url: string): { origin: string; path: string } {
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new ConfigError(
      "it is no URL.",
      `endpoint ${url}`,
      "Give the whole URL, as `https://model.internal.<domain>`.",
    );
  const { origin, pathname, search } = new URL(url);
  return { origin, path: (pathname === "/" ? ROUTE : pathname) + search };
}
