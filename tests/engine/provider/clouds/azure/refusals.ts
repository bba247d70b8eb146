import type { Cloud, Live } from "../../cloud";
import type { Properties } from "../../values";
import type { Subject } from "../dialect";
import { at } from "../rule";
import { answer } from "./answers";
import { missingResource } from "./references";
import { missingRight, refuseRight, settleMs } from "./rights";

export { settleMs };

const ACCOUNT = "azure-native:cosmosdb:DatabaseAccount";
const APP = "azure-native:web:WebApp";
const ENVIRONMENT = "azure-native:app:ManagedEnvironment";
const HUB = "azure-native:eventhub:EventHub";
const LOCK = "azure-native:authorization:ManagementLockByScope";
const NAMESPACE = "azure-native:eventhub:Namespace";
const SUBNET = "azure-native:network:Subnet";
const FLEX_AND_CONTAINERS = "Microsoft.App/environments";

/** Azure's answer to a resource that cannot be made as things are. */
export function refuseCreate(subject: Subject, cloud: Cloud): string | undefined {
  const { type, inputs } = subject;
  return (
    missingResource(answer(subject).id, inputs, cloud) ??
    refuseRight(type, inputs, cloud) ??
    missingRight(type, inputs, cloud) ??
    LIMITS[type]?.(inputs, cloud)
  );
}

/** Azure's answer to a resource that cannot be deleted as it is. */
export function refuseDelete({ type, id }: Live, cloud: Cloud): string | undefined {
  const lock = cloud.list(LOCK).find(({ inputs }) => isWithin(id, String(inputs["scope"])));
  if (lock && type !== LOCK) return `ScopeLocked: The scope '${id}' cannot perform delete operation: ${lock.id}`;
  if (type === "azure-native:authorization:RoleDefinition" && isAssigned(id, cloud))
    return `RoleDefinitionHasAssignments: There are existing role assignments referencing role: ${id}`;
  if (type === SUBNET && isUsed(id, cloud)) return `InUseSubnetCannotBeDeleted: Subnet ${id} is in use`;
  return undefined;
}

const LIMITS: Readonly<Record<string, (inputs: Properties, cloud: Cloud) => string | undefined>> = {
  [HUB](inputs, cloud) {
    const tier = at(namespaceOf(inputs, cloud), "sku.name");
    const hours =
      Number(at(inputs, "retentionDescription.retentionTimeInHours") ?? 0) ||
      Number(inputs["messageRetentionInDays"] ?? 1) * 24;
    // https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas#basic-vs-standard-vs-premium-vs-dedicated-tiers
    const most = tier === "Basic" ? 24 : tier === "Standard" ? 168 : 2160;
    if (hours > most)
      return `BadRequest: ${hours} hours of retention, and the ${String(tier)} tier has ${most} at most`;
    if (tier === "Basic" && inputs["captureDescription"] !== undefined)
      return "BadRequest: the Basic tier has no Capture";
    return undefined;
  },

  "azure-native:eventhub:ConsumerGroup"(inputs, cloud) {
    return at(namespaceOf(inputs, cloud), "sku.name") === "Basic"
      ? "BadRequest: the Basic tier has no consumer groups but $Default"
      : undefined;
  },

  "azure-native:cosmosdb:SqlResourceSqlContainer": refuseThroughput,
  "azure-native:cosmosdb:SqlResourceSqlDatabase": refuseThroughput,

  [APP](inputs, cloud) {
    const { serverFarmId } = inputs;
    if (cloud.list(APP).some((other) => other.inputs["serverFarmId"] === serverFarmId))
      return `BadRequest: a Flex Consumption plan holds one app: ${String(serverFarmId)}`;
    const identity = at(inputs, "functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId");
    const own = at(inputs, "identity.userAssignedIdentities");
    if (identity !== undefined && !(Array.isArray(own) && own.includes(identity)))
      return `BadRequest: the app does not have the identity ${String(identity)} that reads its code`;
    return refuseSubnet(inputs["virtualNetworkSubnetId"], cloud);
  },

  [ENVIRONMENT]: (inputs, cloud) => refuseSubnet(at(inputs, "vnetConfiguration.infrastructureSubnetId"), cloud),
};

/** A serverless account is billed per request: it takes no throughput, of containers and databases alike. */
function refuseThroughput({ accountName, options }: Properties, cloud: Cloud): string | undefined {
  const account = cloud.list(ACCOUNT).find(({ outputs }) => outputs["name"] === accountName);
  const isServerless = JSON.stringify(account?.inputs["capabilities"] ?? []).includes("EnableServerless");
  const asked = at(options, "throughput") ?? at(options, "autoscaleSettings");
  if (!isServerless || asked === undefined) return undefined;
  return "BadRequest: Setting offer throughput or autopilot on container is not supported for serverless accounts";
}

/** A function app on Flex Consumption and an environment of containers each need a subnet that is theirs alone. */
function refuseSubnet(subnet: unknown, cloud: Cloud): string | undefined {
  if (subnet === undefined) return undefined;
  const live = cloud.get(SUBNET, String(subnet));
  if (!JSON.stringify(live?.inputs["delegations"] ?? []).includes(FLEX_AND_CONTAINERS))
    return `BadRequest: the subnet ${String(subnet)} is not delegated to ${FLEX_AND_CONTAINERS}`;
  return isUsed(String(subnet), cloud) ? `BadRequest: the subnet ${String(subnet)} is in use already` : undefined;
}

function isUsed(subnet: string, cloud: Cloud): boolean {
  return (
    cloud.list(APP).some(({ inputs }) => inputs["virtualNetworkSubnetId"] === subnet) ||
    cloud.list(ENVIRONMENT).some(({ inputs }) => at(inputs, "vnetConfiguration.infrastructureSubnetId") === subnet)
  );
}

function namespaceOf({ namespaceName }: Properties, cloud: Cloud): Properties | undefined {
  return cloud.list(NAMESPACE).find(({ outputs }) => outputs["name"] === namespaceName)?.inputs;
}

function isAssigned(role: string, cloud: Cloud): boolean {
  const name = role.split("/").pop()!;
  return cloud
    .list("azure-native:authorization:RoleAssignment")
    .some(({ inputs }) => String(inputs["roleDefinitionId"]).endsWith(name));
}

function isWithin(id: string, scope: string): boolean {
  return id === scope || id.startsWith(`${scope}/`);
}
