import type { IncomingMessage } from "node:http";
import type { IdentityEmulator } from "../identity";
import { CosmosFault } from "./fault";

/** What tokens are asked for with; the account's own address would do as well. */
const AUDIENCE = "https://cosmos.azure.com";
const PREFIX = "type=aad&ver=1.0&sig=";
/** https://learn.microsoft.com/azure/cosmos-db/nosql/troubleshoot-forbidden#nondata-operations-arent-allowed */
const NOT_DATA = 5300;

/**
 * Throws 401 without a token of Microsoft Entra, as an account does whose keys are switched off. Where there is no identity
 * emulator, nobody is asked for one.
 */
export function authorize(identity: Pick<IdentityEmulator, "refusal"> | undefined, { headers }: IncomingMessage): void {
  if (identity === undefined) return;
  const given = decoded(headers.authorization ?? "");
  if (given === "") throw new CosmosFault(401, "Required Header authorization is missing.");
  if (!given.startsWith(PREFIX))
    throw new CosmosFault(401, "Local Authorization is disabled. Use an AAD token to authorize all requests.");
  const refusal = identity.refusal(`Bearer ${given.slice(PREFIX.length)}`, AUDIENCE);
  if (refusal !== undefined) throw new CosmosFault(401, `The AAD token is not valid: ${refusal}.`);
}

/** Databases and containers are made by ARM: no token of the data plane may. */
export function refuseManagement({ method, url }: IncomingMessage): never {
  const message = `The given request [${method} ${url}] cannot be authorized by AAD token in data plane.`;
  throw new CosmosFault(403, message, { substatus: NOT_DATA });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
