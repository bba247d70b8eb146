import type { EndpointKind } from "../../adapters/gcp/infer";
import { type Environment, type InferenceMode, mistake, readEnvironment } from "../environment";
import { TIMEOUT_SECONDS } from "./push";

export type { Environment, InferenceMode };

/** What the deployment tells the function, from its environment. */
export interface Settings {
  /** SLUICE_COLLECTION: the Firestore collection of predictions, with its whole name. */
  collection: string;
  /** SLUICE_DEAD_TOPIC: the topic of dead letters. */
  deadTopic: string;
  /** SLUICE_RESULTS_TOPIC: predictions are also published here, for BigQuery. */
  resultsTopic: string | undefined;
  /** SLUICE_ACTIONS_TOPIC: the topic of actions; none without actions. */
  actionsTopic: string | undefined;
  /** SLUICE_ENDPOINT and SLUICE_ENDPOINT_KIND: the model's URL, where inference is not in process. */
  endpoint: { url: string; kind: EndpointKind } | undefined;
  /** SLUICE_TTL_DAYS: how long a prediction is kept; for ever if it is not set. */
  ttlDays: number | undefined;
  /** SLUICE_TIMEOUT_SECONDS: how long Cloud Run lets a request run. Here in milliseconds, 60,000 if it is not set. */
  timeoutMs: number;
  /** SLUICE_PUSH_AUDIENCE and SLUICE_PUSH_ACCOUNT: whose pushes are taken. SLUICE_PUSH_KEYS: where Google's keys are. */
  push: PushIdentity | undefined;
}

/** What the token of a push must say. */
export interface PushIdentity {
  audience: string;
  /** E-mail address of the service account. */
  account: string;
  /** URL of the keys that tokens are signed with; an emulator has its own. Default: Google's. */
  keys: string | undefined;
}

/** Of less, what is kept back for the answer leaves nothing for the work. */
const MIN_TIMEOUT_SECONDS = 10;

/**
 * @param built The inference that this function's code was bundled for.
 * @throws ConfigError that names the variable.
 */
export function readSettings(environment: Environment, built: InferenceMode): Settings {
  const { optional, required, whole } = readEnvironment(environment, built);
  return {
    collection: required("SLUICE_COLLECTION"),
    deadTopic: required("SLUICE_DEAD_TOPIC"),
    resultsTopic: optional("SLUICE_RESULTS_TOPIC"),
    actionsTopic: optional("SLUICE_ACTIONS_TOPIC"),
    endpoint:
      built === "endpoint"
        ? { url: required("SLUICE_ENDPOINT"), kind: endpointKind(optional("SLUICE_ENDPOINT_KIND")) }
        : undefined,
    ttlDays: whole("SLUICE_TTL_DAYS", "days"),
    timeoutMs: (whole("SLUICE_TIMEOUT_SECONDS", "seconds", MIN_TIMEOUT_SECONDS) ?? TIMEOUT_SECONDS) * 1_000,
    push: pushIdentity(),
  };

  /** Half of it would either refuse all pushes or take anybody's. */
  function pushIdentity(): PushIdentity | undefined {
    const given = ["SLUICE_PUSH_AUDIENCE", "SLUICE_PUSH_ACCOUNT"].some((name) => optional(name) !== undefined);
    if (!given) return undefined;
    return {
      audience: required("SLUICE_PUSH_AUDIENCE"),
      account: required("SLUICE_PUSH_ACCOUNT"),
      keys: optional("SLUICE_PUSH_KEYS"),
    };
  }
}

function endpointKind(text = "cloud-run"): EndpointKind {
  if (text === "cloud-run" || text === "vertex") return text;
  throw mistake("SLUICE_ENDPOINT_KIND", `is ${JSON.stringify(text)}, neither "cloud-run" nor "vertex"`);
}
