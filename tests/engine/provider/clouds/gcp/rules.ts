import type { Failure } from "../../check";
import { isObject, type Properties, UNKNOWN } from "../../values";
import { matches, oneOf, type Rule } from "../rule";
import { COMPUTE } from "./rules/compute";
import { DATA } from "./rules/data";
import { OBSERVE } from "./rules/observe";
import { PUBSUB } from "./rules/pubsub";

const IDENTITIES: Readonly<Record<string, Rule>> = {
  "gcp:projects/service:Service": (inputs) => [matches(inputs["service"], "service", /^[a-z]+\.googleapis\.com$/)],
  "gcp:serviceaccount/account:Account": (inputs) => [
    matches(inputs["accountId"], "accountId", /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/),
  ],
};

const RULES: Readonly<Record<string, Rule>> = { ...COMPUTE, ...DATA, ...IDENTITIES, ...OBSERVE, ...PUBSUB };

/** What Google's provider, or Google itself, would refuse in the inputs. What is not known yet passes. */
export function checkRules(type: string, inputs: Properties): Failure[] {
  const all = [
    ...(RULES[type]?.(inputs) ?? []),
    ...["labels", "userLabels"].flatMap((name) => labels(type, inputs[name], name)),
    ...right(type, inputs),
    oneOf(inputs["deletionPolicy"], "deletionPolicy", ["ABANDON", "DELETE", "PREVENT"]),
  ];
  return all.filter((failure) => failure !== undefined);
}

/** https://cloud.google.com/resource-manager/docs/labels-overview#requirements */
function labels(type: string, given: unknown, property: string): (Failure | undefined)[] {
  // Those of a channel are its settings, such as an address.
  if (!isObject(given) || (type.endsWith(":NotificationChannel") && property === "labels")) return [];
  return Object.entries(given).flatMap(([name, value]) => [
    matches(name, `${property}.${name}`, /^[a-z][a-z0-9_-]{0,62}$/),
    matches(value, `${property}.${name}`, /^[a-z0-9_-]{0,63}$/),
  ]);
}

/** Who gets which role: an address without what it is an address of names nobody. */
function right(type: string, { member, role }: Properties): (Failure | undefined)[] {
  if (!/IamMember$/i.test(type) || member === UNKNOWN) return [];
  return [
    matches(member, "member", /^(?:allUsers|allAuthenticatedUsers|(?:domain|group|principal|serviceAccount|user):.+)$/),
    matches(role, "role", /^(?:roles\/|projects\/[^/]+\/roles\/|organizations\/[^/]+\/roles\/)[\w.]+$/),
  ];
}
