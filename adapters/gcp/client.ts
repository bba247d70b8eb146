import type { Clock } from "../../shared/clock";
import { ConfigError } from "../../shared/errors";
import { type RestClient, restClient } from "../rest";
import { systemClock } from "../system";
import { type GcpCredentials, gcpCredentials } from "./client/credentials";
import { emulatorOf, type GcpService, OWN_ENDPOINTS } from "./client/services";

export { type GcpCredentials, gcpCredentials } from "./client/credentials";
export type { GcpService } from "./client/services";

export interface GcpClientOptions {
  /** Whose endpoint, and whose emulator variable. May be left out where there is an endpoint. */
  service?: GcpService | undefined;
  /** Base URL. Default: the service's emulator variable (PUBSUB_EMULATOR_HOST ...), otherwise Google's own. */
  endpoint?: string | undefined;
  /** Where tokens come from; clients that share one share its tokens. Default: as `gcpCredentials`, and none over plain HTTP. */
  credentials?: GcpCredentials | undefined;
  /** Audience of an identity token to call with, as Cloud Run wants it, instead of an access token. */
  audience?: string | undefined;
  /** Longest wait for one answer with its body, milliseconds. Default 5 s. */
  timeoutMs?: number | undefined;
  clock?: Clock | undefined;
}

/** A Google service over REST. `gcpError` reads what its calls throw. */
export interface GcpClient extends RestClient {
  /** An identity token of the account we run as, for a service that checks who calls. */
  identityToken(audience: string, signal?: AbortSignal): Promise<string>;
}

export function gcpClient(options: GcpClientOptions): GcpClient {
  const { service, audience, clock = systemClock, timeoutMs } = options;
  const emulator = options.endpoint === undefined && service !== undefined ? emulatorOf(service) : undefined;
  const endpoint = endpointOf(options, emulator);
  const credentials = options.credentials ?? gcpCredentials({ clock });
  // An emulator checks no token; and over plain HTTP, anyone on the way could take it.
  const anonymous = emulator !== undefined || (options.credentials === undefined && endpoint.startsWith("http:"));

  return {
    ...restClient({
      endpoint,
      timeoutMs,
      authorization: async (signal) => {
        if (anonymous) return {};
        if (audience === undefined) return credentials.headers(signal);
        return { authorization: `Bearer ${await credentials.identityToken(audience, signal)}` };
      },
      unauthorized: () => credentials.forget(),
    }),
    identityToken: (wanted, signal) => credentials.identityToken(wanted, signal),
  };
}

function endpointOf({ endpoint, service }: GcpClientOptions, emulator: string | undefined): string {
  const base = endpoint ?? emulator ?? (service && OWN_ENDPOINTS[service]);
  if (base !== undefined && URL.canParse(base)) return base;
  throw new ConfigError(
    base === undefined ? "there is no endpoint." : `${base} is no URL.`,
    "endpoint",
    "Give a base URL, as `https://pubsub.googleapis.com`.",
  );
}
