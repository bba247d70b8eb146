import { ConfigError } from "../../shared/errors";

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

export type Environment = Readonly<Record<string, string | undefined>>;

export type InferenceMode = "in-process" | "endpoint";

const WHERE = "the function's environment";

/**
 * @param built The inference that this function's code was bundled for.
 * @throws ConfigError that names the variable.
 */
export function readSettings(environment: Environment, built: InferenceMode): Settings {
  const optional = (name: string) => environment[name]?.trim() || undefined;
  const inference = optional("SLUICE_INFERENCE") ?? built;
  if (inference !== built)
    throw mistake("SLUICE_INFERENCE", `is ${JSON.stringify(inference)}, and the code was bundled for "${built}"`);
  return {
    table: required("SLUICE_TABLE"),
    bucket: required("SLUICE_BUCKET"),
    bus: optional("SLUICE_BUS"),
    endpoint: built === "endpoint" ? required("SLUICE_ENDPOINT") : undefined,
    ttlDays: days(optional("SLUICE_TTL_DAYS")),
    ndjsonPrefix: optional("SLUICE_NDJSON_PREFIX"),
    latest: flag(optional("SLUICE_LATEST")),
  };

  function required(name: string): string {
    const value = optional(name);
    if (value === undefined) throw mistake(name, "is not set");
    return value;
  }
}

function days(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw mistake("SLUICE_TTL_DAYS", `is ${JSON.stringify(text)}, not a whole number of days from 1 on`);
  return value;
}

function flag(text: string | undefined): boolean {
  if (text === undefined || text === "0") return false;
  if (text === "1") return true;
  throw mistake("SLUICE_LATEST", `is ${JSON.stringify(text)}, and 1 or nothing is meant`);
}

function mistake(name: string, problem: string): ConfigError {
  return new ConfigError(`${name} ${problem}.`, WHERE, "Deploy again: the stack sets it together with the code.");
}
