import type { IncomingMessage } from "node:http";
import { RpcError, type StatusName, sendJson, sendRpcError } from "../../grpc/status";
import { type Listener, type ListenOptions, listen, readBody } from "../../listen";
import { createOperations, type Operation } from "./operations";
import { createRegistry, type DeployedModel, type Model } from "./registry";

export type { DeployedModel, Model } from "./registry";

/** Requests that start an operation. */
export type ControlVerb = "upload" | "deployModel" | "undeployModel" | "deleteModel";

export interface VertexControlOptions extends ListenOptions {
  /** Endpoints that exist: `projects/P/locations/R/endpoints/E`. Default none. */
  endpoints?: readonly string[] | undefined;
  /** How often an operation is asked for before it is done; 0: at once. Default 1. */
  polls?: number | undefined;
}

/**
 * The part of Vertex AI that uploads, deploys, undeploys and deletes models, all as long-running operations. As in the
 * service: a model that is deployed cannot be deleted, one that has traffic cannot be undeployed beside another, a traffic
 * split adds up to 100, and each request needs a bearer token.
 */
export interface VertexControl extends Listener {
  readonly models: readonly Model[];
  deployed(endpoint: string): readonly DeployedModel[];
  /** `POST projects/...`, in order. */
  readonly requests: readonly string[];
  /** The next operation of this kind ends with an error. */
  failNext(verb: ControlVerb, status: StatusName, message: string): void;
}

type Body = Record<string, unknown>;
type Finish = () => object;

const ROUTE = /^\/v1(?:beta1)?\/(projects\/[^/]+\/locations\/[^/]+(?:\/[^:]+)?)(?::(\w+))?$/;

export async function openVertexControl(options: VertexControlOptions = {}): Promise<VertexControl> {
  const { endpoints = [], polls = 1 } = options;
  const registry = createRegistry(endpoints);
  const operations = createOperations(polls);
  const failures = new Map<ControlVerb, RpcError>();
  const requests: string[] = [];

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    try {
      sendJson(response, route(request, body.length === 0 ? {} : (JSON.parse(body.toString()) as Body)));
    } catch (thrown) {
      sendRpcError(response, thrown);
    }
  }, options);

  function route({ method = "GET", url = "/", headers }: IncomingMessage, body: Body): object {
    if (!headers.authorization?.startsWith("Bearer "))
      throw new RpcError("UNAUTHENTICATED", "Request is missing required authentication credential.");
    const [, resource = "", verb] = ROUTE.exec(url.split("?", 1)[0] ?? "") ?? [];
    requests.push(`${method} ${resource}${verb === undefined ? "" : `:${verb}`}`);
    const kind = resource.split("/").at(-2) ?? "";
    if (method === "GET" && kind === "operations") return operations.get(resource);
    if (method === "GET" && kind === "endpoints") return registry.endpoint(resource);
    if (method === "GET" && kind === "models") return registry.model(resource);
    if (method === "DELETE" && kind === "models") {
      registry.model(resource);
      return start("deleteModel", resource, () => registry.deleteModel(resource));
    }
    const location = resource.split("/").slice(0, 4).join("/");
    if (method === "POST" && verb === "upload")
      return start(verb, location, () => registry.upload(location, (body["model"] ?? {}) as Model));
    if (method === "POST" && kind === "endpoints" && (verb === "deployModel" || verb === "undeployModel")) {
      registry.endpoint(resource);
      return start(verb, resource, () => registry[verb](resource, body));
    }
    throw new RpcError("NOT_FOUND", `There is nothing at ${method} ${url}.`);
  }

  function start(verb: ControlVerb, parent: string, finish: Finish): Operation {
    const failure = failures.get(verb);
    failures.delete(verb);
    const fail = () => {
      throw failure;
    };
    return operations.start(parent, failure === undefined ? finish : fail);
  }

  return {
    ...listener,
    get models() {
      return registry.models();
    },
    deployed: (endpoint) => registry.endpoint(endpoint).deployedModels,
    requests,
    failNext: (verb, status, message) => {
      failures.set(verb, new RpcError(status, message));
    },
  };
}
