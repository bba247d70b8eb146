import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock } from "../../shared/clock";
import { ApiFault } from "../api-fault";
import { systemClock } from "../clock";
import { callContainer } from "../container";
import type { Answer } from "../http-faults/fault";
import { send } from "../http-faults/forward";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { faultAnswer } from "./api-fault";
import type { IdentityEmulator } from "./identity";
import { checkBearer } from "./identity/bearer";

/** The deployments of an endpoint, each with the base URL of its model server. */
export interface OnlineEndpoint {
  deployments: Readonly<Record<string, string>>;
  /** Deployment that gets what is for none. Default: none does, as long as nobody has set the traffic. */
  traffic?: string | undefined;
}

export interface AzureMlOptions extends ListenOptions {
  /** By name. A bare URL stands for one deployment, `blue`, with all the traffic. */
  endpoints: Readonly<Record<string, string | OnlineEndpoint>>;
  /** Whose tokens are asked for. Default: nobody is asked for a token. */
  identity?: Pick<IdentityEmulator, "refusal"> | undefined;
  /** Path of the model servers. Default `/score`. */
  scoringRoute?: string | undefined;
  /** Requests at once that each deployment takes: the service's own limit is twice `maxConcurrentRequestsPerInstance`, for each instance. Default: endless. */
  concurrency?: number | undefined;
  /** `requestTimeout` of the deployments, milliseconds. Default 60,000; the service's own default is 5,000. */
  timeoutMs?: number | undefined;
  clock?: Pick<Clock, "sleep"> | undefined;
}

/**
 * Managed online endpoints of Azure Machine Learning in front of any model server. Enforced as documented: tokens,
 * deployments that are not there, sizes, concurrency, time. What a model server fails with comes back as 424.
 */
export interface AzureMlEmulator extends Listener {
  /** Where an endpoint is asked for predictions: `http://127.0.0.1:port/{endpoint}/score`. */
  url(endpoint: string): string;
}

interface Deployment {
  endpoint: string;
  name: string;
  target: string;
}

const AUDIENCE = "https://ml.azure.com";
const ROUTE = /^\/([^/]+)\/score$/;
const FORCED = "azureml-model-deployment";
/** Of a request and of an answer: https://learn.microsoft.com/azure/machine-learning/how-to-troubleshoot-online-endpoints#http-status-codes */
const MAX_BYTES = 1_500_000;
/** What of a request reaches the model server. */
const HEADERS = ["content-type", "accept", "x-ms-client-request-id"];

export async function openAzureMl(options: AzureMlOptions): Promise<AzureMlEmulator> {
  const { identity, scoringRoute = "/score", concurrency = Number.POSITIVE_INFINITY } = options;
  const { timeoutMs = 60_000, clock = systemClock } = options;
  const endpoints = new Map(Object.entries(options.endpoints).map(([name, given]) => [name, endpointOf(given)]));
  const running = new Map<string, number>();

  async function score(request: IncomingMessage, body: Buffer): Promise<Answer> {
    const deployment = deploymentOf(request);
    checkBearer(identity, request, AUDIENCE);
    if (body.length > MAX_BYTES)
      throw new ApiFault(413, "PayloadTooLarge", `The request is larger than ${MAX_BYTES} bytes.`);
    const id = `${deployment.endpoint}/${deployment.name}`;
    const count = running.get(id) ?? 0;
    if (count >= concurrency) throw new ApiFault(429, "TooManyRequests", "Too many pending requests.");
    running.set(id, count + 1);
    try {
      return await ask(deployment, request, body);
    } finally {
      running.set(id, (running.get(id) ?? 1) - 1);
    }
  }

  function deploymentOf({ method, url = "/", headers }: IncomingMessage): Deployment {
    const [, endpoint = ""] = ROUTE.exec(url.split("?", 1)[0] ?? "") ?? [];
    const found = endpoints.get(endpoint);
    if (method !== "POST" || found === undefined)
      throw new ApiFault(404, "NotFound", `There is nothing at ${method} ${url}.`);
    const forced = headers[FORCED];
    const name = forced === undefined ? found.traffic : String(forced);
    if (name === undefined)
      throw new ApiFault(404, "NotFound", "The endpoint does not have any valid deployment with positive weight.");
    const target = Object.hasOwn(found.deployments, name) ? found.deployments[name] : undefined;
    if (target === undefined) throw new ApiFault(404, "NotFound", `The deployment ${name} could not be found.`);
    return { endpoint, name, target };
  }

  async function ask({ name, target }: Deployment, request: IncomingMessage, body: Buffer): Promise<Answer> {
    const url = new URL(scoringRoute, target);
    const answer = await callContainer({ url, headers: passedOn(request), body, limitMs: timeoutMs, clock });
    if (answer === "late") throw new ApiFault(408, "RequestTimeout", "upstream request timeout");
    const common = { [FORCED]: name, "x-request-id": randomUUID() };
    const headers = answer.type === "" ? common : { ...common, "content-type": answer.type };
    // That the answer is limited is documented, how the error looks is not.
    if (answer.body.length > MAX_BYTES)
      return { status: 424, headers: { ...headers, ...failure(200, "response_too_large") }, body: "" };
    if (answer.status === 200) return { status: 200, headers, body: answer.body };
    return { status: 424, headers: { ...headers, ...failure(answer.status, "model_error") }, body: answer.body };
  }

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body !== undefined) send(response, await score(request, body).catch(faultAnswer));
  }, options);

  return { ...listener, url: (endpoint) => `${listener.endpoint}/${endpoint}/score` };
}

function endpointOf(given: string | OnlineEndpoint): OnlineEndpoint {
  return typeof given === "string" ? { deployments: { blue: given }, traffic: "blue" } : given;
}

function passedOn({ headers }: IncomingMessage): Record<string, string> {
  const given = HEADERS.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(given.filter((header): header is [string, string] => typeof header[1] === "string"));
}

function failure(status: number, reason: string): Record<string, string> {
  return { "ms-azureml-model-error-statuscode": String(status), "ms-azureml-model-error-reason": reason };
}
