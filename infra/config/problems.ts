import { ConfigError } from "../../shared/errors";

/** The namespace of the project's own keys: the name in Pulumi.yaml. */
export const NAMESPACE = "sluice";

/** Everything that is wrong with a stack's configuration, told at once: each deployment that fails costs minutes. */
export class ConfigProblems extends Error {
  override readonly name = "ConfigProblems";
  readonly problems: readonly ConfigError[];

  constructor(problems: readonly ConfigError[], stack: string) {
    const count = problems.length === 1 ? "1 mistake" : `${problems.length} mistakes`;
    super([`Pulumi.${stack}.yaml has ${count}:`, ...problems.map(({ message }) => `  ${message}`)].join("\n"));
    this.problems = problems;
  }
}

/** @param key without its namespace. */
export function problem(key: string, what: string, fix: string): ConfigError {
  return new ConfigError(what, `${NAMESPACE}:${key}`, fix);
}
