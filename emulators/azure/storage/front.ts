import { Agent, type IncomingMessage } from "node:http";
import type { Answer } from "../../http-faults/fault";
import { forward, send } from "../../http-faults/forward";
import { type Listener, listen } from "../../listen";
import type { IdentityEmulator, Refusal } from "../identity";
import { storageError } from "./error";
import { accountSas } from "./sas";

export interface FrontOptions {
  /** Server of Azurite. */
  target: string;
  identity: Pick<IdentityEmulator, "refusal"> | undefined;
}

const AUDIENCE = "https://storage.azure.com/";
/** Before it there were no tokens: https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory */
const FIRST_VERSION = "2017-11-09";

/**
 * What Azurite has with HTTPS alone: requests with a token of Microsoft Entra. Each goes on with a signature instead of it,
 * both ways as a stream.
 */
export async function openFront({ target, identity }: FrontOptions): Promise<Listener> {
  const agent = new Agent({ keepAlive: true });
  const sas = accountSas();
  const listener = await listen(async (request, response) => {
    const refused = refusalOf(identity, request);
    if (refused !== undefined) {
      request.resume();
      return send(response, refused);
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const { url = "/", headers } = request;
    request.url = `${url}${url.includes("?") ? "&" : "?"}${sas}`;
    delete headers.authorization;
    try {
      await (await forward({ target, agent, request, body: undefined, signal: gone.signal })).pipe(response);
    } catch {
      // Azurite is gone, or the client is: for the other side a broken connection.
      request.socket.destroy();
    }
  });
  return {
    ...listener,
    close: async () => {
      agent.destroy();
      await listener.close();
    },
  };
}

function refusalOf(identity: FrontOptions["identity"], { headers }: IncomingMessage): Answer | undefined {
  const refusal = identity?.refusal(headers.authorization, AUDIENCE);
  if (refusal !== undefined) return unauthorized(refusal);
  const { "x-ms-version": version = "" } = headers;
  if (identity !== undefined && String(version) < FIRST_VERSION)
    return storageError(400, "InvalidHeaderValue", `x-ms-version is not ${FIRST_VERSION} or later.`);
  return undefined;
}

function unauthorized(refusal: Refusal): Answer {
  const [code, message] =
    refusal === "missing"
      ? ["NoAuthenticationInformation", "Server failed to authenticate the request."]
      : ["InvalidAuthenticationInfo", `Server failed to authenticate the request: ${refusal}.`];
  const answer = storageError(401, code, message);
  const authority = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/authorize";
  const challenge = `Bearer authorization_uri=${authority} resource_id=https://storage.azure.com`;
  return { ...answer, headers: { ...answer.headers, "www-authenticate": challenge } };
}
