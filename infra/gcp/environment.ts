import type { Input } from "@pulumi/pulumi";
import type { GcpConfig } from "../config/gcp";

/** Full names of what the function works with. */
export interface Named {
  collection: Input<string>;
  deadTopic: Input<string>;
  resultsTopic: Input<string> | undefined;
  actionsTopic: Input<string> | undefined;
  endpoint: { url: Input<string>; type: "cloud-run" | "vertex" } | undefined;
}

/**
 * The function's environment, as functions/gcp/settings.ts reads it. The push's token is checked by Cloud Run, before an
 * instance is even woken.
 */
export function environmentOf(config: GcpConfig, named: Named): Record<string, Input<string>> {
  const { collection, deadTopic, resultsTopic, actionsTopic, endpoint } = named;
  return {
    SLUICE_COLLECTION: collection,
    SLUICE_DEAD_TOPIC: deadTopic,
    SLUICE_INFERENCE: config.inference,
    SLUICE_TIMEOUT_SECONDS: String(config.timeoutSeconds),
    ...(resultsTopic === undefined ? {} : { SLUICE_RESULTS_TOPIC: resultsTopic }),
    ...(actionsTopic === undefined ? {} : { SLUICE_ACTIONS_TOPIC: actionsTopic }),
    ...(endpoint === undefined ? {} : { SLUICE_ENDPOINT: endpoint.url, SLUICE_ENDPOINT_KIND: endpoint.type }),
    ...(config.ttlDays === undefined ? {} : { SLUICE_TTL_DAYS: String(config.ttlDays) }),
  };
}
