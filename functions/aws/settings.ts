import { type Environment, type InferenceMode, readEnvironment } from "../environment";

export type { Environment, InferenceMode };

/** What the deployment tells the function, from its environment. */
export interface Settings {
  /** SLUICE_TABLE: the DynamoDB table of predictions. */
  table: string;
  /** SLUICE_BUCKET: the bucket of dead letters. */
  bucket: string;
  /** SLUICE_BUS: the event bus of actions; none without actions. */
  bus: string | undefined;
  /** SLUICE_ENDPOINT: the SageMaker endpoint, where inference is not in process. */
  endpoint: string | undefined;
  /** SLUICE_TTL_DAYS: how long a prediction is kept; for ever if it is not set. */
  ttlDays: number | undefined;
  /** SLUICE_NDJSON_PREFIX: predictions are also written to the bucket as NDJSON, below this prefix. */
  ndjsonPrefix: string | undefined;
  /** SLUICE_LATEST=1: the newest prediction of each key is kept as an item of its own. */
  latest: boolean;
}

/**
 * @param built The inference that this function's code was bundled for.
 * @throws ConfigError that names the variable.
 */
export function readSettings(environment: Environment, built: InferenceMode): Settings {
  const { optional, required, whole, flag } = readEnvironment(environment, built);
  return {
    table: required("SLUICE_TABLE"),
    bucket: required("SLUICE_BUCKET"),
    bus: optional("SLUICE_BUS"),
    endpoint: built === "endpoint" ? required("SLUICE_ENDPOINT") : undefined,
    ttlDays: whole("SLUICE_TTL_DAYS", "days"),
    ndjsonPrefix: optional("SLUICE_NDJSON_PREFIX"),
    latest: flag("SLUICE_LATEST"),
  };
}
