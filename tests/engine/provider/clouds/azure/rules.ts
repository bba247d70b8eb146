import type { Failure } from "../../check";
import { isObject, type Properties, UNKNOWN } from "../../values";
import { fail, failIf, matches, oneOf, type Rule } from "../rule";
import { GROUP, isLocation } from "./config";
import { DATA } from "./rules/data";
import { FLEX } from "./rules/flex";
import { MODEL } from "./rules/model";
import { checkName } from "./rules/names";
import { NETWORK } from "./rules/network";
import { OBSERVE } from "./rules/observe";
import { STREAM } from "./rules/stream";

const ACCESS: Readonly<Record<string, Rule>> = {
  "azure-native:authorization:ManagementLockByScope": (inputs) => [
    oneOf(inputs["level"], "level", ["CanNotDelete", "ReadOnly"]),
  ],
  "azure-native:authorization:RoleAssignment": (inputs) => [
    oneOf(inputs["principalType"], "principalType", ["Device", "ForeignGroup", "Group", "ServicePrincipal", "User"]),
    matches(
      inputs["roleDefinitionId"],
      "roleDefinitionId",
      /^\/(?:.*\/)?providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/,
    ),
  ],
};

const RULES: Readonly<Record<string, Rule>> = {
  ...ACCESS,
  ...DATA,
  ...FLEX,
  ...MODEL,
  ...NETWORK,
  ...OBSERVE,
  ...STREAM,
};

/** What the provider, or Azure itself, would refuse in the inputs. What is not known yet passes. */
export function checkRules(type: string, inputs: Properties): Failure[] {
  const all = [checkName(type, inputs), place(type, inputs), ...tags(inputs["tags"]), ...(RULES[type]?.(inputs) ?? [])];
  return all.filter((failure) => failure !== undefined);
}

function place(type: string, { location }: Properties): Failure | undefined {
  if (location === undefined && type === GROUP)
    return fail(
      "location",
      "missing required property 'location'. Either set it explicitly or configure it with " +
        "'pulumi config set azure-native:location <value>'.",
    );
  if (typeof location !== "string" || location === UNKNOWN) return undefined;
  return failIf(
    !isLocation(location),
    "location",
    `LocationNotAvailableForResourceType: The provided location '${location}' is not available for resource type`,
  );
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations */
function tags(given: unknown): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  return [
    failIf(Object.keys(given).length > 50, "tags", "a resource has 50 tags at most"),
    ...Object.entries(given).flatMap(([name, value]) => [
      matches(name, `tags.${name}`, /^[^<>%&\\?/]{1,512}$/),
      matches(value, `tags.${name}`, /^.{0,256}$/s),
    ]),
  ];
}
