import { type Input, interpolate } from "@pulumi/pulumi";
import { CONNECTION, CONSUMER_GROUP } from "../../functions/azure/trigger";
import type { AzureConfig } from "../config/azure";
import type { ModelEndpoint } from "./infer";

/** Addresses and names of what the function works with. */
export interface Named {
  /** Of the identity that the function runs as. */
  clientId: Input<string>;
  hostAccount: Input<string>;
  hub: { name: Input<string>; host: Input<string> };
  /** Of the predictions. */
  container: Input<string>;
  deadLetters: Input<string>;
  deadQueue: Input<string>;
  results: Input<string> | undefined;
  archive: Input<string> | undefined;
  actions: Input<string> | undefined;
  endpoint: Pick<ModelEndpoint, "type" | "url" | "deployment"> | undefined;
  /** Connection string of Application Insights, which takes no keys. */
  insights: Input<string>;
}

type Settings = Record<string, Input<string>>;

/** The app's settings: the host's, and the function's as functions/azure/settings.ts reads them. */
export function environmentOf(config: AzureConfig, named: Named): Settings {
  return { ...hostSettings(named), ...functionSettings(config, named) };
}

/** Identities in place of connection strings: https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection */
function hostSettings({ clientId, hostAccount, hub, insights }: Named): Settings {
  return {
    AzureWebJobsStorage__accountName: hostAccount,
    ...asIdentity("AzureWebJobsStorage", clientId),
    [`${CONNECTION}__fullyQualifiedNamespace`]: hub.host,
    ...asIdentity(CONNECTION, clientId),
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: interpolate`ClientId=${clientId};Authorization=AAD`,
    AZURE_CLIENT_ID: clientId,
  };
}

function functionSettings(config: AzureConfig, named: Named): Settings {
  const { hub, container, deadLetters, deadQueue, results, archive, actions, endpoint } = named;
  return {
    SLUICE_HUB: hub.name,
    SLUICE_CONSUMER_GROUP: CONSUMER_GROUP,
    SLUICE_CONTAINER: container,
    SLUICE_DEAD_LETTERS: deadLetters,
    SLUICE_DEAD_QUEUE: deadQueue,
    SLUICE_INFERENCE: config.inference,
    SLUICE_RETRIES: String(config.retries),
    SLUICE_MIN_BACKOFF_SECONDS: String(config.minBackoffSeconds),
    SLUICE_MAX_BACKOFF_SECONDS: String(config.maxBackoffSeconds),
    SLUICE_TIMEOUT_SECONDS: String(config.timeoutSeconds),
    ...(results === undefined ? {} : { SLUICE_RESULTS: results }),
    ...(archive === undefined ? {} : { SLUICE_ARCHIVE: archive }),
    ...(actions === undefined ? {} : { SLUICE_ACTIONS: actions }),
    ...(endpoint === undefined ? {} : { SLUICE_ENDPOINT: endpoint.url, SLUICE_ENDPOINT_KIND: endpoint.type }),
    ...(endpoint?.deployment === undefined ? {} : { SLUICE_ENDPOINT_DEPLOYMENT: endpoint.deployment }),
    ...(config.ttlDays === undefined ? {} : { SLUICE_TTL_DAYS: String(config.ttlDays) }),
    ...(config.latest ? { SLUICE_LATEST: "1" } : {}),
  };
}

function asIdentity(connection: string, clientId: Input<string>): Settings {
  return { [`${connection}__credential`]: "managedidentity", [`${connection}__clientId`]: clientId };
}
