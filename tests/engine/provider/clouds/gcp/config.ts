import type { Failure } from "../../check";
import { type Properties, UNKNOWN } from "../../values";

/** The number of the project that the stand-in plays, whatever its id. */
export const PROJECT_NUMBER = 123456789012;

const AREAS = "africa|asia|australia|europe|me|northamerica|southamerica|us";
const REGION = new RegExp(`^(?:${AREAS})-(?:central|(?:north|south)(?:east|west)?|east|west)[1-9][0-9]?$`);

/** The provider starts without project and region, and not with a region that does not exist. */
export function checkConfig(config: Properties): Failure[] {
  const region = config["region"];
  if (region === undefined || region === UNKNOWN || REGION.test(String(region))) return [];
  const reason = `region "${String(region)}" is not available for project "${String(config["project"])}"`;
  return [{ property: "region", reason }];
}

/** @throws as the provider does for each resource, in a preview too. */
export function projectOf(config: Properties, inputs: Properties): string {
  const project = inputs["project"] ?? config["project"];
  if (project === undefined || project === "") throw new Error("project: required field is not set");
  return String(project);
}

export function locationOf(config: Properties, inputs: Properties): string {
  return String(inputs["location"] ?? config["region"]);
}
