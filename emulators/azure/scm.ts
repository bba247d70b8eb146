import type { IncomingMessage } from "node:http";
import { ApiFault } from "../api-fault";
import type { Answer } from "../http-faults/fault";
import { send } from "../http-faults/forward";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";
import { jsonAnswer } from "./api-fault";
import type { IdentityEmulator } from "./identity";
import { checkBearer } from "./identity/bearer";
import { createDeployments, type Deployment } from "./scm/deployments";

export type { Deployment } from "./scm/deployments";

/** What the next publication meets. `failed`: it is taken, and then cannot be deployed. */
export type ScmFailure = "conflict" | "unauthorized" | "forbidden" | "internal" | "failed";

export interface ScmOptions extends ListenOptions {
  /** Whose tokens are asked for. Default: nobody is asked for a token. */
  identity?: Pick<IdentityEmulator, "refusal"> | undefined;
  /** Whether a publication is answered 202 at once, with a deployment to ask for, or 200 when all is done. Default `asynchronous`. */
  style?: "asynchronous" | "synchronous" | undefined;
  /** How often a deployment is asked for before it is done; 0: at once. Default 1. */
  polls?: number | undefined;
}

/**
 * The site beside a function app of the Flex Consumption plan that takes its code: `POST /api/publish` with a zip, and
 * `GET /api/deployments/{id}`, also `latest`. As in the service, one deployment at a time.
 */
export interface ScmEmulator extends Listener {
  /** All that were taken, in order. */
  readonly deployments: readonly Deployment[];
  failNext(failure: ScmFailure): void;
  /** `POST /api/publish?type=zip`, in order. */
  readonly requests: readonly string[];
}

const AUDIENCE = "https://management.azure.com";
const REFUSALS: Record<Exclude<ScmFailure, "failed">, readonly [status: number, message: string]> = {
  conflict: [409, "There is a deployment currently in progress. Please try again when it completes."],
  unauthorized: [401, "Unauthorized"],
  forbidden: [403, "The client does not have authorization to perform action 'Microsoft.Web/sites/publish/Action'."],
  internal: [500, "An unexpected error has occurred."],
};

export async function openScm(options: ScmOptions = {}): Promise<ScmEmulator> {
  const { identity, style = "asynchronous", polls = 1 } = options;
  const deployments = createDeployments(style === "synchronous" ? 0 : polls);
  const requests: string[] = [];
  let failure: ScmFailure | undefined;

  function route(request: IncomingMessage, body: Buffer): Answer {
    const { method = "GET", url = "/" } = request;
    requests.push(`${method} ${url}`);
    checkBearer(identity, request, AUDIENCE);
    const path = url.split("?", 1)[0] ?? "";
    if (method === "POST" && path === "/api/publish") return publish(request, body);
    const [, id] = /^\/api\/deployments\/([^/]+)$/.exec(path) ?? [];
    const found = method === "GET" && id !== undefined ? deployments.look(id) : undefined;
    if (found === undefined) throw new ApiFault(404, "NotFound", `There is nothing at ${method} ${url}.`);
    return jsonAnswer(found["complete"] ? 200 : 202, found);
  }

  function publish({ headers }: IncomingMessage, zip: Buffer): Answer {
    const next = failure;
    failure = undefined;
    if (next !== undefined && next !== "failed") throw refusal(next);
    if (deployments.isBusy()) throw refusal("conflict");
    const isZip = headers["content-type"] === "application/zip" && zip.subarray(0, 2).toString() === "PK";
    if (!isZip) throw new ApiFault(400, "BadRequest", "The body is no zip of the type application/zip.");
    const { id } = deployments.start(zip, next === "failed");
    if (style === "asynchronous")
      return jsonAnswer(202, id, { location: `http://${headers.host}/api/deployments/${id}` });
    const done = deployments.look(id);
    return jsonAnswer(next === "failed" ? 400 : 200, done);
  }

  const listener = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body !== undefined)
      send(
        response,
        answered(() => route(request, body)),
      );
  }, options);

  return {
    ...listener,
    deployments: deployments.all,
    failNext: (next) => {
      failure = next;
    },
    requests,
  };
}

function refusal(failure: keyof typeof REFUSALS): ApiFault {
  const [status, message] = REFUSALS[failure];
  return new ApiFault(status, failure, message);
}

/** This site says in plain words what is wrong. */
function answered(route: () => Answer): Answer {
  try {
    return route();
  } catch (thrown) {
    if (!(thrown instanceof ApiFault)) throw thrown;
    return { status: thrown.status, headers: { "content-type": "text/plain" }, body: thrown.message };
  }
}
