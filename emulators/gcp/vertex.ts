import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import { type ContainerAnswer, callContainer } from "../container";
import { RpcError, type StatusName, sendJson, sendRpcError } from "../grpc/status";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";

export { openVertexControl, type VertexControl, type VertexControlOptions } from "./vertex/control";

export interface VertexOptions extends ListenOptions {
  /** Endpoint IDs, each with the base URL of the model server behind it. */
  endpoints: Readonly<Record<string, string>>;
  /** AIP_PREDICT_ROUTE of the model servers. Default `/predict`. */
  predictRoute?: string | undefined;
  /** Dedicated endpoints take larger requests and wait longer than shared ones. Default false. */
  dedicated?: boolean | undefined;
  /** Refuses requests without a bearer token; with a text: without this one. Default false. */
  auth?: boolean | string | undefined;
  clock?: Pick<Clock, "sleep"> | undefined;
}

/**
 * Vertex AI's online predictions in front of any model server: `:predict` (JSON, `{"instances": []}` to `{"predictions": []}`)
 * and `:rawPredict` (any body, passed through both ways). Enforced as documented: unknown endpoints, sizes, time limits,
 * as many predictions as instances. What the model server refuses comes back under its own status. Not enforced: that a
 * dedicated endpoint is called under its own name, quotas.
 */
export type VertexEmulator = Listener;

interface Call {
  project: string;
  location: string;
  endpoint: string;
  isRaw: boolean;
}

/** https://cloud.google.com/vertex-ai/docs/predictions/using-dedicated-endpoints and https://cloud.google.com/vertex-ai/docs/predictions/get-online-predictions */
const LIMITS = {
  shared: { bytes: 1_500_000, shown: "1.500MB", ms: 60_000 },
  dedicated: { bytes: 10_000_000, shown: "10.000MB", ms: 600_000 },
};
const ROUTE = /^\/v1\/projects\/([^/]+)\/locations\/([^/]+)\/endpoints\/([^/:]+):(predict|rawPredict)$/;
/** By HTTP status. */
const NAMES: Record<number, StatusName> = {
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};
const DEPLOYED_MODEL = "1234567890123456789";
const MODEL = "9876543210987654321";

export async function openVertex(options: VertexOptions): Promise<VertexEmulator> {
  const { endpoints, predictRoute = "/predict", dedicated = false, auth = false, clock = systemClock } = options;
  const limit = dedicated ? LIMITS.dedicated : LIMITS.shared;

  return listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    try {
      checkToken(request, auth);
      const call = callOf(request);
      const target = Object.hasOwn(endpoints, call.endpoint) ? endpoints[call.endpoint]! : undefined;
      if (target === undefined)
        throw new RpcError(
          "NOT_FOUND",
          `Endpoint \`projects/${call.project}/locations/${call.location}/endpoints/${call.endpoint}\` is not found.`,
        );
      if (body.length > limit.bytes)
        throw new RpcError(
          "FAILED_PRECONDITION",
          `The request size (${body.length} bytes) exceeds ${limit.shown} limit.`,
        );
      const count = call.isRaw ? 0 : instancesIn(body);
      const type = request.headers["content-type"] ?? "application/octet-stream";
      const headers = { "content-type": call.isRaw ? type : "application/json" };
      const answer = await callContainer({
        url: new URL(predictRoute, target),
        headers,
        body,
        limitMs: limit.ms,
        clock,
      });
      if (answer === "late") throw new RpcError("DEADLINE_EXCEEDED", "The model server did not answer in time.");
      if (call.isRaw) sendRaw(response, call, answer);
      else if (answer.status < 200 || answer.status >= 300) sendRefusal(response, answer);
      else sendPredictions(response, call, answer, count);
    } catch (thrown) {
      sendRpcError(response, thrown);
    }
  }, options);
}

function checkToken({ headers }: IncomingMessage, auth: boolean | string): void {
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? "") ?? [];
  if (auth === false || (token !== undefined && (auth === true || auth === token))) return;
  throw new RpcError(
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials. Expected OAuth 2 access token.",
  );
}

function callOf({ method, url = "" }: IncomingMessage): Call {
  const [, project = "", location = "", endpoint = "", verb] = ROUTE.exec(url.split("?", 1)[0] ?? "") ?? [];
  if (method !== "POST" || verb === undefined) throw new RpcError("NOT_FOUND", `There is nothing at ${method} ${url}.`);
  return { project, location, endpoint, isRaw: verb === "rawPredict" };
}

function instancesIn(body: Buffer): number {
  const { instances } = parsed(body) as { instances?: unknown };
  if (Array.isArray(instances) && instances.length > 0) return instances.length;
  throw new RpcError("INVALID_ARGUMENT", "Invalid request: `instances` must be a list that is not empty.");
}

function sendRaw(response: ServerResponse, { endpoint }: Call, { status, type, body }: ContainerAnswer): void {
  response
    .writeHead(status, {
      "content-type": type,
      "content-length": body.length,
      "x-vertex-ai-endpoint-id": endpoint,
      "x-vertex-ai-deployed-model-id": DEPLOYED_MODEL,
      "x-request-id": randomUUID(),
    })
    .end(body);
}

function sendPredictions(response: ServerResponse, call: Call, { body }: ContainerAnswer, count: number): void {
  const { predictions, ...others } = parsed(body) as { predictions?: unknown };
  if (!Array.isArray(predictions) || predictions.length !== count)
    throw new RpcError("INTERNAL", `The model server gave no list of ${count} predictions.`);
  sendJson(response, {
    predictions,
    ...others,
    deployedModelId: DEPLOYED_MODEL,
    model: `projects/${call.project}/locations/${call.location}/models/${MODEL}`,
    modelDisplayName: call.endpoint,
    modelVersionId: "1",
  });
}

/** What a model server says of its failure is the error's message. */
function sendRefusal(response: ServerResponse, { status: code, body }: ContainerAnswer): void {
  const message = body.toString() || `The model server answered ${code}.`;
  const status = NAMES[code] ?? (code < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
  sendJson(response, { error: { code, message, status } }, code);
}

function parsed(body: Buffer): object {
  try {
    return Object(JSON.parse(body.toString()));
  } catch {
    throw new RpcError("INVALID_ARGUMENT", "Invalid JSON payload received.");
  }
}
