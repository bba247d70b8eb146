import type { TokenCredential } from "@azure/event-hubs";
import type { Clock } from "../../../shared/clock";
import { type Token, type TokenKeeper, tokenKeeper } from "../../rest/token";
import { systemClock } from "../../system";
import { identityToken } from "./managed-identity";
import { operatorToken } from "./operator";
import type { AzureScope } from "./scopes";

/** What calls say of who makes them. */
export interface AzureCredentials {
  token(scope: AzureScope, signal?: AbortSignal): Promise<string>;
  /** Forgets the token of a scope, because it was refused. */
  forget(scope: AzureScope): void;
  /** The same tokens, as the SDK of Event Hubs asks for them. */
  readonly credential: TokenCredential;
}

export interface AzureCredentialsOptions {
  clock?: Clock | undefined;
  /** Longest wait for a token, milliseconds. Default 5 s; an operator's tools take up to 30 s. */
  timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const MARGIN_MS = 5 * 60_000;
const SUFFIX = "/.default";

/**
 * Credentials from the surroundings: the managed identity of the function, or of a container (IDENTITY_ENDPOINT,
 * IDENTITY_HEADER; AZURE_CLIENT_ID says which one); elsewhere whatever `DefaultAzureCredential` finds. Tokens are kept until
 * five minutes before their end, and fetched once for all who wait. `azureError` reads what they throw.
 */
export function azureCredentials(options: AzureCredentialsOptions = {}): AzureCredentials {
  const { clock = systemClock, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const keepers = new Map<AzureScope, TokenKeeper>();

  function kept(scope: AzureScope): TokenKeeper {
    let keeper = keepers.get(scope);
    if (keeper === undefined) {
      keeper = tokenKeeper(() => fetchToken(scope, clock, timeoutMs), { clock, marginMs: MARGIN_MS });
      keepers.set(scope, keeper);
    }
    return keeper;
  }

  return {
    token: async (scope, signal) => (await kept(scope).get(signal)).value,
    forget: (scope) => void keepers.delete(scope),
    credential: {
      getToken: async (scopes) => {
        const [scope = ""] = Array.isArray(scopes) ? scopes : [scopes];
        // The SDK puts two slashes in between.
        const { value, endsAt } = await kept(scope.replace(/\/*\.default$/, "")).get(undefined);
        return { token: value, expiresOnTimestamp: endsAt };
      },
    },
  };
}

function fetchToken(scope: AzureScope, clock: Clock, timeoutMs: number): Promise<Token> {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = process.env;
  if (endpoint && header) return identityToken(scope, { endpoint, header, clock, timeoutMs });
  return operatorToken(scope + SUFFIX, clock);
}
