import type { Clock } from "../../../shared/clock";
import { fieldsOf, parsed, textOf } from "../../look";
import type { Token } from "../../rest/token";
import { CredentialError } from "./credential-error";
import { type AzureScope, resourceOf } from "./scopes";

export interface IdentityOptions {
  /** URL that the platform names. */
  endpoint: string;
  /** The secret that goes with it. */
  header: string;
  clock: Clock;
  /** Longest wait for an answer, milliseconds. */
  timeoutMs: number;
}

/** A token from the server beside every function: https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
export async function identityToken(scope: AzureScope, options: IdentityOptions): Promise<Token> {
  const { endpoint, header, clock, timeoutMs } = options;
  const { AZURE_CLIENT_ID: client_id } = process.env;
  const query = new URLSearchParams({
    "api-version": "2019-08-01",
    resource: resourceOf(scope),
    ...(client_id ? { client_id } : {}),
  });
  const [status, answer] = await ask(`${endpoint}?${query}`, header, timeoutMs);
  const token = answer("access_token");
  // Seconds since 1970, as text.
  const end = Number(answer("expires_on"));
  if (status === 200 && typeof token === "string" && end > 0)
    return { value: token, lifetimeMs: end * 1_000 - clock.now() };
  const said = textOf(answer("message")) || textOf(answer("error_description"));
  throw new CredentialError(
    `The managed identity's server gives no token for ${scope} (HTTP ${status}). ${said} Check AZURE_CLIENT_ID, and that the app has this identity.`,
  );
}

async function ask(url: string, header: string, timeoutMs: number): Promise<[number, (name: string) => unknown]> {
  try {
    const response = await fetch(url, {
      headers: { "x-identity-header": header },
      signal: AbortSignal.timeout(timeoutMs),
    });
    return [response.status, fieldsOf(parsed(await response.text()))];
  } catch (cause) {
    throw new CredentialError("The managed identity's server (IDENTITY_ENDPOINT) does not answer.", { cause });
  }
}
