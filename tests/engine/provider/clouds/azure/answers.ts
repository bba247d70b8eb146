import { createHash } from "node:crypto";
import type { Schema } from "../../../schemas/schema";
import type { Properties } from "../../values";
import type { Answers, Subject } from "../dialect";
import { at } from "../rule";
import { templateAnswers } from "../template";
import { subscriptionOf, TENANT } from "./config";
import { TEMPLATES } from "./values";

/** What ARM answers for a resource: its id, its names and what else only Azure knows. */
export function answer(subject: Subject): Answers {
  const { type, inputs } = subject;
  const templates = TEMPLATES[type];
  if (!templates) throw new Error(`tests/engine/provider/clouds/azure/values.ts has no id for ${type}`);
  const subscription = subscriptionOf(subject.config);
  const id = templates.id.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === "subscription" ? subscription : String(inputs[name]),
  );
  return templateAnswers(subject, {
    templates,
    facts: { ...factsOf(id, inputs), subscription },
    own: (property) => ownOf(property, id, inputs),
    known: new Set(),
  });
}

/**
 * In the preview of an update the provider knows a resource's name, its place and what the program gives, and nothing
 * else: pulumi-azure-native, provider/pkg/provider/provider.go, Update.
 */
export function renewed(schema: Schema, type: string): readonly string[] {
  const outputs = Object.keys(schema.resources[type]?.outputs ?? {}).map((key) => key.replace(/\?$/, ""));
  return outputs.filter((name) => name !== "name" && name !== "location");
}

/** What every type has. */
function ownOf(property: string, id: string, inputs: Properties): unknown {
  switch (property) {
    case "name":
      return id.split("/").pop();
    case "type":
      return armType(id);
    case "provisioningState":
      return "Succeeded";
    case "azureApiVersion":
      return "2024-01-01";
    case "etag":
      return digest(id).slice(0, 12);
    case "identity":
      return inputs["identity"] === undefined ? undefined : identityOf(id, inputs["identity"]);
    default:
      return undefined;
  }
}

/** `Microsoft.EventHub/namespaces/eventhubs`: the last provider in an id, and every second step after it. */
function armType(id: string): string {
  const [provider = "", ...steps] = id.split("/providers/").pop()!.split("/");
  return [provider, ...steps.filter((_, i) => i % 2 === 0)].join("/");
}

function identityOf(id: string, given: unknown): unknown {
  const users = at(given, "userAssignedIdentities");
  const ids = Array.isArray(users) ? users.map(String) : [];
  return {
    principalId: guid("principal", id),
    tenantId: TENANT,
    userAssignedIdentities: Object.fromEntries(
      ids.map((user) => [user, { clientId: guid("client", user), principalId: guid("principal", user) }]),
    ),
  };
}

/** What the templates may use beyond the resource's own properties. */
function factsOf(id: string, inputs: Properties): Record<string, unknown> {
  const region = String(inputs["location"] ?? "").toLowerCase();
  const environment = String(inputs["environmentId"] ?? inputs["managedEnvironmentId"]);
  const isInternal = at(inputs, "configuration.ingress.external") !== true;
  return {
    tenant: TENANT,
    region: region.replaceAll(" ", ""),
    guid: guid("resource", id),
    clientId: guid("client", id),
    principalId: guid("principal", id),
    etag: digest(id).slice(0, 12),
    domain: domainOf(id, region),
    fqdn: `${String(inputs["containerAppName"])}.${isInternal ? "internal." : ""}${domainOf(environment, region)}`,
    staticIp: at(inputs, "vnetConfiguration.internal") === true ? "10.0.1.4" : "20.0.0.1",
    partitionIds: Array.from({ length: Number(inputs["partitionCount"] ?? 0) }, (_, i) => String(i)),
  };
}

/** An environment's domain; the apps in it are below that. */
function domainOf(environment: string, region: string): string {
  return `stand-in-${digest(environment).slice(0, 8)}.${region}.azurecontainerapps.io`;
}

/** ARM does not tell capitals from small letters in ids. */
function guid(kind: string, id: string): string {
  return digest(`${kind} ${id}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
}

function digest(text: string): string {
  return createHash("sha256").update(text.toLowerCase()).digest("hex");
}
