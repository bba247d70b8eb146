/** Whom a token is for, without `/.default`: one of `SCOPES`, or the URI of an app. */
export type AzureScope = string;

export const SCOPES = {
  storage: "https://storage.azure.com",
  cosmos: "https://cosmos.azure.com",
  eventGrid: "https://eventgrid.azure.net",
  ml: "https://ml.azure.com",
  eventHubs: "https://eventhubs.azure.net",
  management: "https://management.azure.com",
} as const satisfies Record<string, AzureScope>;

/** The name of a scope to a managed identity. Storage alone is known to it with a slash at the end. */
export function resourceOf(scope: AzureScope): string {
  return scope === SCOPES.storage ? `${scope}/` : scope;
}

/** Whether a host is this machine: an emulator. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
