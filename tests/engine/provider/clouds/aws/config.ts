import type { Failure } from "../../check";
import { type Properties, UNKNOWN } from "../../values";

/** The account that the stand-in plays: the one of AWS's own examples. */
export const ACCOUNT = "111122223333";

const REGION = /^(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:gov-)?(?:central|(?:north|south)?(?:east|west)?)-[1-9]$/;

/** The provider refuses to start without a region, and with one that does not exist. */
export function checkConfig(config: Properties): Failure[] {
  const region = config["region"];
  if (region === UNKNOWN) return [];
  if (typeof region !== "string" || region === "")
    return [{ property: "region", reason: "missing required configuration key aws:region" }];
  return REGION.test(region) ? [] : [{ property: "region", reason: `invalid AWS Region: ${region}` }];
}

export function regionOf(config: Properties, inputs: Properties): string {
  return String(inputs["region"] ?? config["region"]);
}

/** Tags that the provider adds to every resource. Nested configuration reaches a provider as JSON. */
export function defaultTags(config: Properties): Properties {
  const given = config["defaultTags"];
  const value = typeof given === "string" ? (JSON.parse(given) as Properties) : (given as Properties | undefined);
  return (value?.["tags"] as Properties | undefined) ?? {};
}
