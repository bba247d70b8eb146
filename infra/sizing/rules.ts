import type { ConfigError } from "../../shared/errors";
import { problem } from "../config/problems";

/** What the pipeline itself asks of a stack. */
export interface Demands {
  maxEventBytes: number;
  hasActions: boolean;
}

/** Something that must not be. The message is about one key, even where it takes two to break a rule. */
export type Rule<Config> = readonly [isBroken: boolean, key: keyof Config & string, what: string, fix: string];

export function mistakesIn<Config>(rules: readonly Rule<Config>[]): ConfigError[] {
  return rules.flatMap(([isBroken, key, what, fix]) => (isBroken ? [problem(key, what, fix)] : []));
}

/** Keys that would do nothing: whoever set them believes that there is an endpoint. */
export function endpointless<Config>(config: Config, keys: readonly (keyof Config & string)[]): Rule<Config>[] {
  return keys.map((key) => [
    config[key] !== undefined,
    key,
    "there is no endpoint.",
    "Remove it, or set `inference: endpoint`.",
  ]);
}
