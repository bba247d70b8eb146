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
