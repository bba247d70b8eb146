import type { Failure } from "../../../check";
import { type Properties, UNKNOWN } from "../../../values";
import { at, fail } from "../../rule";

/** A duration as Google writes it, `600s`, within limits. */
export function seconds(inputs: Properties, property: string, least: number, most: number): Failure | undefined {
  const value = at(inputs, property);
  if (value === undefined || value === UNKNOWN) return undefined;
  const given = /^(\d+(?:\.\d+)?)s$/.exec(String(value))?.[1];
  if (given === undefined)
    return fail(property, `${property} must be a number of seconds with "s" at its end, got ${JSON.stringify(value)}`);
  if (Number(given) >= least && Number(given) <= most) return undefined;
  return fail(property, `expected ${property} to be in the range (${least}s - ${most}s), got ${String(value)}`);
}
