import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import { type Listener, type ListenOptions, listen } from "../listen";
import { createTokenIssuer, type TokenIssuer } from "./pubsub/oidc";

export interface MetadataOptions extends ListenOptions {
  /** Default `local`. */
  project?: string | undefined;
  /** E-mail of the service account. Default `runtime@{project}.iam.gserviceaccount.com`. */
  account?: string | undefined;
  /** How long an access token is good, seconds. Default 3600, less what has passed since it was made. */
  lifetimeS?: number | undefined;
  /** Signs identity tokens. Default: one with a key of its own. */
  issuer?: TokenIssuer | undefined;
  clock?: Clock | undefined;
}

/**
 * The metadata server of a machine of Google's: project, service account, access tokens, identity tokens. As the real one it
 * refuses who does not send `Metadata-Flavor: Google`, and gives the same access token until it nears its end.
 */
export interface MetadataEmulator extends Listener {
  /** Requests so far. */
  readonly requests: Readonly<Record<"token" | "identity" | "other" | "refused", number>>;
  /** Public keys of its identity tokens, as Google's own are published. */
  keys(): Promise<{ keys: object[] }>;
}

const ROOT = "/computeMetadata/v1";
/** A new token is made when less than this is left of the old one: https://cloud.google.com/compute/docs/access/authenticate-workloads#applications */
const SPARE_S = 300;
const NUMERIC_PROJECT = "123456789012";
const REGION = `projects/${NUMERIC_PROJECT}/regions/us-central1`;

export async function openMetadata(options: MetadataOptions = {}): Promise<MetadataEmulator> {
  const { project = "local", lifetimeS = 3600, clock = systemClock } = options;
  const { account = `runtime@${project}.iam.gserviceaccount.com`, issuer = createTokenIssuer(clock) } = options;
  const requests = { token: 0, identity: 0, other: 0, refused: 0 };
  let current = { expires: 0, count: 0 };

  function token(): object {
    const now = clock.now() / 1_000;
    if (current.expires - now < Math.min(SPARE_S, lifetimeS))
      current = { expires: now + lifetimeS, count: current.count + 1 };
    const expires_in = Math.floor(current.expires - now);
    return { access_token: `access-token-${current.count}`, expires_in, token_type: "Bearer" };
  }

  async function accountRequest(what: string, query: URLSearchParams): Promise<string | object | undefined> {
    const audience = query.get("audience");
    switch (what) {
      case "token":
        return token();
      case "identity":
        return audience === null ? undefined : issuer.token(account, audience);
      case "email":
        return account;
      case "aliases":
        return "default";
      case "scopes":
        return "https://www.googleapis.com/auth/cloud-platform";
      default:
        return query.get("recursive") === "true" ? { aliases: ["default"], email: account, scopes: [] } : undefined;
    }
  }

  async function answer(path: string, query: URLSearchParams): Promise<string | object | undefined> {
    const [, name, what = ""] = /^\/instance\/service-accounts\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (name === "default" || name === account) return accountRequest(what, query);
    const values: Record<string, string> = {
      "": "instance/\nproject/\n",
      "/project/project-id": project,
      "/project/numeric-project-id": NUMERIC_PROJECT,
      "/instance/region": REGION,
      "/instance/service-accounts": `default/\n${account}/\n`,
      "/universe/universe-domain": "googleapis.com",
    };
    return values[path.replace(/\/$/, "")];
  }

  const listener = await listen(async (request, response) => {
    // Clients look for this header to tell whether there is such a server.
    response.setHeader("metadata-flavor", "Google").setHeader("server", "Metadata Server for VM");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://metadata");
    if (isRefused(request)) {
      requests.refused++;
      return send(response, 403, "Missing Metadata-Flavor:Google header.");
    }
    requests[kindOf(pathname)]++;
    if (pathname === "/") return send(response, 200, "computeMetadata/\n");
    const found = pathname.startsWith(ROOT) ? await answer(pathname.slice(ROOT.length), searchParams) : undefined;
    if (found === undefined) return send(response, pathname.endsWith("/identity") ? 400 : 404, "Not found.");
    send(response, 200, found);
  }, options);

  return { ...listener, requests, keys: issuer.keys };
}

/** A forwarded request is one that somebody outside may have sent. */
function isRefused({ url = "/", headers }: IncomingMessage): boolean {
  return url !== "/" && (headers["metadata-flavor"] !== "Google" || headers["x-forwarded-for"] !== undefined);
}

function kindOf(path: string): "token" | "identity" | "other" {
  if (path.endsWith("/token")) return "token";
  return path.endsWith("/identity") ? "identity" : "other";
}

function send(response: ServerResponse, status: number, body: string | object): void {
  const isText = typeof body === "string";
  response
    .writeHead(status, { "content-type": isText ? "application/text" : "application/json" })
    .end(isText ? body : JSON.stringify(body));
}
