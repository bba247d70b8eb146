import type { Naming } from "../dialect";
import { TEMPLATES } from "./values";

/** ARM refuses a name that is too long; the provider makes it all the same. */
const ANY_LENGTH = Number.POSITIVE_INFINITY;
const RANDOM = { separator: "", random: 8, maxLength: ANY_LENGTH };
const COPY = { separator: "", random: 0, maxLength: ANY_LENGTH };
const UUID = {
  ...RANDOM,
  random: 32,
  before: () => "",
  after: (hex: string) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
};

/**
 * How the provider names a resource: by the last part of its path, at random where nothing but the resource group is
 * above it, and with the resource's own name otherwise. pulumi-azure-native, provider/pkg/resources/resources.go, AutoName.
 */
export function namingOf(type: string): Naming | undefined {
  const path = TEMPLATES[type]?.id ?? "";
  const property = /\{(\w+)\}$/.exec(path)?.[1];
  if (property === undefined) return undefined;
  if (["roleAssignmentName", "roleDefinitionId"].includes(property)) return { ...UUID, property };
  const own = path.toLowerCase().split("microsoft.").pop()!;
  const isAlone = !path.includes("Microsoft.") || own.split("{").length === 2;
  return { ...(isAlone || property === "endpointName" ? RANDOM : COPY), property };
}
