import type { Cloud, Live } from "../../cloud";
import type { Properties } from "../../values";
import { at } from "../rule";

const ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const COSMOS_ASSIGNMENT = "azure-native:cosmosdb:SqlResourceSqlRoleAssignment";
const ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint";
const DEFINITION = "azure-native:authorization:RoleDefinition";

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
const BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d";
const BUILT_IN = new Set([
  ...[BLOB_OWNER, BLOB_CONTRIBUTOR, ACR_PULL],
  "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", // Storage Blob Data Reader
  "974c5e8b-45b9-4653-ba55-5f855dd0fb88", // Storage Queue Data Contributor
  "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a", // Storage Queue Data Message Sender
  "8a0f0c08-91a1-4084-bc3d-661d67233fed", // Storage Queue Data Message Processor
  "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor
  "a638d3c7-ab3a-418d-83e6-5f17a39d4fde", // Azure Event Hubs Data Receiver
  "2b629674-e913-4c01-ae53-ef4638d8f975", // Azure Event Hubs Data Sender
  "f526a384-b230-433a-b45c-95f59c4a2dec", // Azure Event Hubs Data Owner
  "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
  "d5a91429-5739-47e2-a06b-3470a27159e7", // EventGrid Data Sender
  "f6c7c914-8db3-469d-8ca1-694a8f32e121", // AzureML Data Scientist
]);

/** Rights are eventually consistent. Anything above 0 shows a program that does not wait for them. */
export function settleMs(type: string): number {
  return type === ASSIGNMENT || type === COSMOS_ASSIGNMENT ? 100 : 0;
}

/** Azure's answer where a right is given to nobody, or is none. */
export function refuseRight(
  type: string,
  { principalId, principalType, roleDefinitionId }: Properties,
  cloud: Cloud,
): string | undefined {
  if (type !== ASSIGNMENT && type !== COSMOS_ASSIGNMENT) return undefined;
  const isOurs = principalType === undefined || principalType === "ServicePrincipal";
  if (isOurs && !cloud.list().some((live) => principalOf(live) === principalId))
    return `PrincipalNotFound: Principal ${String(principalId)} does not exist in the directory`;
  const role = String(roleDefinitionId).split("/").pop() ?? "";
  const isRole = type === COSMOS_ASSIGNMENT ? /^0{8}-0{4}-0{4}-0{4}-0{11}[12]$/.test(role) : isDefined(role, cloud);
  return isRole
    ? undefined
    : `RoleDefinitionDoesNotExist: The specified role definition with ID '${role}' does not exist`;
}

/** Azure's answer where a resource's own identity may not do what making the resource takes. */
export function missingRight(type: string, inputs: Properties, cloud: Cloud): string | undefined {
  if (type === "azure-native:eventhub:EventHub") {
    const destination = at(inputs, "captureDescription.destination");
    const account = at(destination, "storageAccountResourceId");
    if (typeof account !== "string" || at(destination, "identity") === undefined) return undefined;
    return mayWrite(at(destination, "identity.userAssignedIdentity"), account, cloud)
      ? undefined
      : `BadRequest: the identity of Capture may not write to ${account}`;
  }
  if (type === "azure-native:web:WebApp") {
    const storage = at(inputs, "functionAppConfig.deployment.storage");
    const account = accountOf(String(at(storage, "value")), cloud);
    if (account === undefined) return `BadRequest: there is no storage account for ${String(at(storage, "value"))}`;
    // Azure makes the app all the same; then neither its code can be deployed nor its host start.
    return mayWrite(at(storage, "authentication.userAssignedIdentityResourceId"), account.id, cloud)
      ? undefined
      : `InaccessibleStorageException: the app's identity may not write to ${String(at(storage, "value"))}`;
  }
  if (type === "azure-native:app:ContainerApp") return missingPull(inputs, cloud);
  if (type === "azure-native:machinelearningservices:OnlineDeployment") return missingOfEndpoint(inputs, cloud);
  return undefined;
}

/** An image in a registry of Azure's is pulled when the app is made. */
function missingPull(inputs: Properties, cloud: Cloud): string | undefined {
  const registries = at(inputs, "configuration.registries");
  for (const { server, identity } of (Array.isArray(registries) ? registries : []) as Properties[]) {
    if (!mayPull(identity, cloud))
      return `ContainerAppOperationError: unable to pull image using Managed identity ${String(identity)} for registry ${String(server)}`;
  }
  return undefined;
}

/** The endpoint's identity pulls the image, and reads the workspace's storage, for each of its deployments. */
function missingOfEndpoint({ endpointName }: Properties, cloud: Cloud): string | undefined {
  const endpoint = cloud.list(ENDPOINT).find(({ outputs }) => outputs["name"] === endpointName);
  const identity = at(endpoint?.inputs, "identity.userAssignedIdentities[0]");
  if (identity === undefined || mayPull(identity, cloud)) return undefined;
  return `BadRequest: ${String(identity)} of the endpoint ${String(endpointName)} may not pull images`;
}

function mayPull(identity: unknown, cloud: Cloud): boolean {
  return has(identity, [ACR_PULL], undefined, cloud);
}

function mayWrite(identity: unknown, account: string, cloud: Cloud): boolean {
  return has(identity, [BLOB_OWNER, BLOB_CONTRIBUTOR], account, cloud);
}

/** Whether an identity has one of the roles: for a resource, for something in it, or for the group that it is in. */
function has(identity: unknown, roles: readonly string[], resource: string | undefined, cloud: Cloud): boolean {
  const live = cloud.list("azure-native:managedidentity:UserAssignedIdentity").find(({ id }) => id === identity);
  return cloud.list(ASSIGNMENT).some(({ inputs }) => {
    const scope = String(inputs["scope"]);
    const isThere = resource === undefined || scope.startsWith(resource) || resource.startsWith(scope);
    const isRole = roles.some((role) => String(inputs["roleDefinitionId"]).endsWith(role));
    return isThere && isRole && inputs["principalId"] === live?.outputs["principalId"];
  });
}

/** The account that is at an address such as `https://name.blob.core.windows.net/code`. */
function accountOf(url: string, cloud: Cloud): Live | undefined {
  const name = /^https:\/\/([^.]+)\./.exec(url)?.[1];
  return cloud.list("azure-native:storage:StorageAccount").find(({ outputs }) => outputs["name"] === name);
}

function isDefined(role: string, cloud: Cloud): boolean {
  return BUILT_IN.has(role) || cloud.list(DEFINITION).some(({ id }) => id.endsWith(`/${role}`));
}

/** Of an identity that is a resource of its own, or a resource's own. */
function principalOf({ outputs }: Live): unknown {
  return outputs["principalId"] ?? at(outputs, "identity.principalId");
}
