import type { EndpointKind } from "../../adapters/azure/infer";
import { type Environment, type InferenceMode, mistake, readEnvironment } from "../environment";
import { readBackoff } from "./backoff";
import { CONSUMER_GROUP, RETRY, TIMEOUT_SECONDS } from "./trigger";

export type { Environment, InferenceMode };

/** What the deployment tells the function, from its environment. All resources are named by their whole URLs. */
export interface Settings {
  /** SLUICE_HUB: the name of the hub. */
  hub: string;
  /** SLUICE_CONSUMER_GROUP: whose checkpoints these are. */
  consumerGroup: string;
  /** SLUICE_CONTAINER: the Cosmos DB container of predictions. */
  container: string;
  /** SLUICE_DEAD_LETTERS: the blob container of dead letters. */
  deadLetters: string;
  /** SLUICE_DEAD_QUEUE: the queue that is told of them. */
  deadQueue: string | undefined;
  /** SLUICE_RESULTS: predictions are also written to this blob container, as NDJSON. */
  results: string | undefined;
  /** SLUICE_ARCHIVE: the blob container that all messages are kept in; none where something else archives them. */
  archive: string | undefined;
  /** SLUICE_ACTIONS: the Event Grid topic of actions; none without actions. */
  actions: string | undefined;
  /** SLUICE_ENDPOINT, SLUICE_ENDPOINT_KIND and SLUICE_ENDPOINT_DEPLOYMENT: the model, where inference is not in process. */
  endpoint: Endpoint | undefined;
  /** SLUICE_TTL_DAYS: how long a prediction is kept; for ever if it is not set. */
  ttlDays: number | undefined;
  /** SLUICE_LATEST=1: the newest prediction of each key is kept as a document of its own. */
  latest: boolean;
  /** SLUICE_RETRIES: attempts after the first, until what is left of a batch is dead-lettered. */
  retries: number;
  /** SLUICE_TIMEOUT_SECONDS: after which the host ends the process. Here in milliseconds. */
  timeoutMs: number;
}

export interface Endpoint {
  url: string;
  kind: EndpointKind;
  /** Of Azure ML; the endpoint's traffic rules if it is not set. */
  deployment: string | undefined;
}

/** Of less, what is kept back for the answer leaves nothing for the work. */
const MIN_TIMEOUT_SECONDS = 10;

/**
 * @param built The inference that this function's code was bundled for.
 * @throws ConfigError that names the variable.
 */
export function readSettings(environment: Environment, built: InferenceMode): Settings {
  const { optional, required, whole, flag } = readEnvironment(environment, built);
  // Read where the trigger is registered, which cannot fail: what is wrong is said here.
  readBackoff(environment);
  return {
    hub: required("SLUICE_HUB"),
    consumerGroup: optional("SLUICE_CONSUMER_GROUP") ?? CONSUMER_GROUP,
    container: required("SLUICE_CONTAINER"),
    deadLetters: required("SLUICE_DEAD_LETTERS"),
    deadQueue: optional("SLUICE_DEAD_QUEUE"),
    results: optional("SLUICE_RESULTS"),
    archive: optional("SLUICE_ARCHIVE"),
    actions: optional("SLUICE_ACTIONS"),
    endpoint:
      built === "endpoint"
        ? {
            url: required("SLUICE_ENDPOINT"),
            kind: endpointKind(optional("SLUICE_ENDPOINT_KIND")),
            deployment: optional("SLUICE_ENDPOINT_DEPLOYMENT"),
          }
        : undefined,
    ttlDays: whole("SLUICE_TTL_DAYS", "days"),
    latest: flag("SLUICE_LATEST"),
    retries: whole("SLUICE_RETRIES", "retries", 0) ?? RETRY.retries,
    timeoutMs: (whole("SLUICE_TIMEOUT_SECONDS", "seconds", MIN_TIMEOUT_SECONDS) ?? TIMEOUT_SECONDS) * 1_000,
  };
}

function endpointKind(text = "container-app"): EndpointKind {
  if (text === "container-app" || text === "azure-ml") return text;
  throw mistake("SLUICE_ENDPOINT_KIND", `is ${JSON.stringify(text)}, neither "container-app" nor "azure-ml"`);
}
