import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { systemClock } from "../clock";
import { send } from "../http-faults/forward";
import { type Listener, type ListenOptions, listen } from "../listen";
import { jsonAnswer } from "./api-fault";
import { createTokenIssuer, type Refusal } from "./identity/token";

export type { Refusal } from "./identity/token";

export interface IdentityOptions extends ListenOptions {
  /** Client IDs of the user-assigned identities there are. Default: whichever is asked for. */
  clientIds?: readonly string[] | undefined;
  /** How long a token is good, seconds. Default 86400, as in the service. */
  lifetimeS?: number | undefined;
  clock?: { now(): number } | undefined;
}

/**
 * The managed identity of an App Service or a function app: the endpoint that IDENTITY_ENDPOINT names, in version 2019-08-01.
 * As the real one it refuses who does not know IDENTITY_HEADER, and gives the same token until it nears its end.
 */
export interface IdentityEmulator extends Listener {
  /** Value of IDENTITY_ENDPOINT. */
  readonly url: string;
  /** Value of IDENTITY_HEADER. */
  readonly header: string;
  readonly environment: Readonly<Record<"IDENTITY_ENDPOINT" | "IDENTITY_HEADER", string>>;
  /** A new token, without the endpoint. */
  token(resource: string): string;
  /** Whether an Authorization header (`Bearer ...`) has a token for this resource; a slash at its end does not matter. */
  allows(authorization: string | undefined, resource: string): boolean;
  /** Why it has none. */
  refusal(authorization: string | undefined, resource: string): Refusal | undefined;
  /** All tokens so far have expired, whatever they say, and new ones are given out. */
  revoke(): void;
  /** Requests so far. */
  readonly requests: Readonly<Record<"token" | "refused", number>>;
}

const PATH = "/msi/token";
const API_VERSION = "2019-08-01";
/** The endpoint keeps tokens; a new one is made when less than this is left of the old one. */
const SPARE_S = 300;
const SYSTEM_ASSIGNED = "00000000-0000-0000-0000-000000000001";

export async function openIdentity(options: IdentityOptions = {}): Promise<IdentityEmulator> {
  const { clientIds, lifetimeS = 86_400, clock = systemClock } = options;
  const header = randomUUID();
  const issuer = createTokenIssuer(clock);
  const kept = new Map<string, { token: string; expires: number }>();
  const requests = { token: 0, refused: 0 };

  function issue(resource: string, clientId = SYSTEM_ASSIGNED): { token: string; expires: number } {
    const expires = Math.floor(clock.now() / 1_000) + lifetimeS;
    return { token: issuer.issue(resource, clientId, expires), expires };
  }

  function keptToken(resource: string, clientId: string): { token: string; expires: number } {
    const name = `${clientId} ${resource}`;
    const old = kept.get(name);
    if (old !== undefined && old.expires - clock.now() / 1_000 >= Math.min(SPARE_S, lifetimeS)) return old;
    const next = issue(resource, clientId);
    kept.set(name, next);
    return next;
  }

  function refuse(status: number, message: string) {
    requests.refused++;
    return jsonAnswer(status, { statusCode: status, message });
  }

  /** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
  function answer({ method, url = "/", headers }: IncomingMessage) {
    const { pathname, searchParams } = new URL(url, "http://identity");
    const resource = searchParams.get("resource");
    const clientId = searchParams.get("client_id") ?? SYSTEM_ASSIGNED;
    if (method !== "GET" || pathname !== PATH) return refuse(404, "There is nothing here.");
    if (headers["x-identity-header"] !== header) return refuse(401, "X-IDENTITY-HEADER is missing or wrong.");
    if (searchParams.get("api-version") !== API_VERSION) return refuse(400, `The api-version is not ${API_VERSION}.`);
    if (!resource) return refuse(400, "The resource is missing.");
    if (clientIds !== undefined && !clientIds.includes(clientId))
      return refuse(400, "No managed identity was found for the given client ID.");
    requests.token++;
    const { token, expires } = keptToken(resource, clientId);
    return jsonAnswer(200, {
      access_token: token,
      expires_on: String(expires),
      resource,
      token_type: "Bearer",
      client_id: clientId,
    });
  }

  const listener = await listen((request, response) => send(response, answer(request)), options);
  const url = listener.endpoint + PATH;
  return {
    ...listener,
    url,
    header,
    environment: { IDENTITY_ENDPOINT: url, IDENTITY_HEADER: header },
    token: (resource) => issue(resource).token,
    allows: (authorization, resource) => issuer.refusal(authorization, resource) === undefined,
    refusal: issuer.refusal,
    revoke: () => {
      issuer.revoke();
      kept.clear();
    },
    requests,
  };
}
