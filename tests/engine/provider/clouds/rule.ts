import type { Failure } from "../check";
import { type Properties, UNKNOWN } from "../values";

/** What a provider, or its cloud, refuses in the inputs of one type. What is not known yet passes. */
export type Rule = (inputs: Properties) => readonly (Failure | undefined)[];

export function fail(property: string, reason: string): Failure {
  return { property, reason };
}

/** A failure if the condition holds. */
export function failIf(condition: boolean, property: string, reason: string): Failure | undefined {
  return condition ? fail(property, reason) : undefined;
}

export function oneOf(value: unknown, property: string, allowed: readonly unknown[]): Failure | undefined {
  if (value === undefined || value === UNKNOWN || allowed.includes(value)) return undefined;
  return fail(property, `expected ${property} to be one of ${JSON.stringify(allowed)}, got ${JSON.stringify(value)}`);
}

export function between(value: unknown, property: string, least: number, most: number): Failure | undefined {
  if (typeof value !== "number" || (value >= least && !(value > most))) return undefined;
  return fail(property, `expected ${property} to be in the range (${least} - ${most}), got ${value}`);
}

export function matches(value: unknown, property: string, pattern: RegExp): Failure | undefined {
  if (typeof value !== "string" || value === UNKNOWN || pattern.test(value)) return undefined;
  return fail(property, `invalid value for ${property}: ${JSON.stringify(value)} does not match ${pattern}`);
}

export function isJson(value: unknown, property: string): Failure | undefined {
  if (typeof value !== "string" || value === UNKNOWN) return undefined;
  try {
    JSON.parse(value);
    return undefined;
  } catch (error) {
    return fail(property, `${property} contains an invalid JSON: ${(error as Error).message}`);
  }
}

/** The value at a path such as `productionVariants[0].serverlessConfig`. */
export function at(value: unknown, property: string): unknown {
  return property
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .reduce<unknown>((inner, step) => (inner as Record<string, unknown> | undefined)?.[step], value);
}
