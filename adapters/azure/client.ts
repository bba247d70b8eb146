import type { Clock } from "../../shared/clock";
import { ConfigError } from "../../shared/errors";
import { type RestClient, restClient } from "../rest";
import { systemClock } from "../system";
import { type AzureCredentials, azureCredentials } from "./client/credentials";
import { type AzureScope, isLoopback } from "./client/scopes";

export { type AzureCredentials, azureCredentials } from "./client/credentials";
export { type AzureScope, isLoopback, SCOPES } from "./client/scopes";

export interface AzureClientOptions {
  /** Base URL of the resource: a container, a queue, a topic ... What calls add to it is their path. */
  endpoint: string;
  /** Whom tokens are for. Without one, calls carry none. */
  scope?: AzureScope | undefined;
  /** Where tokens come from; clients that share one share its tokens. Default: as `azureCredentials`. */
  credentials?: AzureCredentials | undefined;
  /** How a token goes out. Default: `Authorization: Bearer <token>`. */
  authorize?: ((token: string) => Readonly<Record<string, string>>) | undefined;
  /** Longest wait for one answer with its body, milliseconds. Default 5 s. */
  timeoutMs?: number | undefined;
  clock?: Clock | undefined;
}

/** An Azure service over REST. `azureError` reads what its calls throw. */
export type AzureClient = RestClient;

/** @throws ConfigError if the endpoint is no URL, or one that a token must not go to. */
export function azureClient(options: AzureClientOptions): AzureClient {
  const { scope, clock = systemClock, timeoutMs, authorize = bearer } = options;
  const endpoint = checked(options);
  const credentials = options.credentials ?? azureCredentials({ clock });

  return restClient({
    endpoint,
    timeoutMs,
    prepare: async (signal) => scope !== undefined && credentials.token(scope, signal),
    authorization: async (signal) => (scope === undefined ? {} : authorize(await credentials.token(scope, signal))),
    unauthorized: () => {
      if (scope !== undefined) credentials.forget(scope);
    },
  });
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function checked({ endpoint, scope }: AzureClientOptions): string {
  const { protocol, hostname } = URL.canParse(endpoint) ? new URL(endpoint) : { protocol: "", hostname: "" };
  if (protocol !== "https:" && protocol !== "http:")
    throw new ConfigError(
      `${JSON.stringify(endpoint)} is no URL.`,
      "endpoint",
      "Give the resource's whole URL, as `https://<account>.blob.core.windows.net/<container>`.",
    );
  // Anyone on the way could take the token.
  if (scope !== undefined && protocol === "http:" && !isLoopback(hostname))
    throw new ConfigError("it would get a token over plain HTTP.", `endpoint ${endpoint}`, "Give an https URL.");
  return endpoint;
}
