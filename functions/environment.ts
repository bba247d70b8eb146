import { ConfigError } from "../shared/errors";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the model runs: in the function itself, or behind an endpoint. */
export type InferenceMode = "in-process" | "endpoint";

/** Reads what the deployment tells a function. Each throws a ConfigError that names the variable. */
export interface EnvironmentReader {
  optional(name: string): string | undefined;
  required(name: string): string;
  /** A whole number from `least` (default 1) on. */
  whole(name: string, unit: string, least?: number): number | undefined;
  /** 1 is true; 0 and nothing are false. */
  flag(name: string): boolean;
}

const WHERE = "the function's environment";

/**
 * @param built The inference that this function's code was bundled for.
 * @throws ConfigError if SLUICE_INFERENCE says something else.
 */
export function readEnvironment(environment: Environment, built: InferenceMode): EnvironmentReader {
  const reader = environmentReader(environment);
  const inference = reader.optional("SLUICE_INFERENCE") ?? built;
  if (inference !== built)
    throw mistake("SLUICE_INFERENCE", `is ${JSON.stringify(inference)}, and the code was bundled for "${built}"`);
  return reader;
}

/** The same, for what is no concern of the inference. */
export function environmentReader(environment: Environment): EnvironmentReader {
  const optional = (name: string) => environment[name]?.trim() || undefined;
  return {
    optional,
    required: (name) => {
      const value = optional(name);
      if (value === undefined) throw mistake(name, "is not set");
      return value;
    },
    whole: (name, unit, least = 1) => {
      const text = optional(name);
      if (text === undefined) return undefined;
      const value = /^\d{1,5}$/.test(text) ? Number(text) : -1;
      if (value < least)
        throw mistake(name, `is ${JSON.stringify(text)}, not a whole number of ${unit} from ${least} on`);
      return value;
    },
    flag: (name) => {
      const text = optional(name) ?? "0";
      if (text !== "0" && text !== "1") throw mistake(name, `is ${JSON.stringify(text)}, and 1 or nothing is meant`);
      return text === "1";
    },
  };
}

export function mistake(name: string, problem: string): ConfigError {
  return new ConfigError(`${name} ${problem}.`, WHERE, "Deploy again: the stack sets it together with the code.");
}
