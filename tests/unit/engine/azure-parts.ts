import { afterEach, beforeEach } from "@jest/globals";
import { type Made, openStage, type Stage, urnOf } from "./stage";

export const ACCOUNT = "azure-native:storage:StorageAccount";
export const APP = "azure-native:web:WebApp";
export const CONTAINER = "azure-native:cosmosdb:SqlResourceSqlContainer";
export const DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment";
export const DOCUMENTS = "azure-native:cosmosdb:DatabaseAccount";
export const GROUP = "azure-native:resources:ResourceGroup";
export const HUB = "azure-native:eventhub:EventHub";
export const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";
export const NAMESPACE = "azure-native:eventhub:Namespace";
export const PLAN = "azure-native:web:AppServicePlan";
export const RIGHT = "azure-native:authorization:RoleAssignment";

/** As stage.ts configures it. */
export const SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555";
export const ROLES = `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions`;
export const BLOB_CONTRIBUTOR = `${ROLES}/ba92f5b4-2d11-453d-a403-e96b0029c9fe`;

export const STORAGE = { kind: "StorageV2", sku: { name: "Standard_LRS" } };

export async function makeGroup(stage: Stage): Promise<{ resourceGroupName: string }> {
  const { outputs } = await stage.make(GROUP, "pipeline", {});
  return { resourceGroupName: String(outputs["name"]) };
}

/** An account for documents, with a database. */
export async function makeDocuments(
  stage: Stage,
  inputs: object,
): Promise<{ account: Made; within: { resourceGroupName: string } }> {
  const within = await makeGroup(stage);
  const account = await stage.make(DOCUMENTS, "docs", {
    ...within,
    databaseAccountOfferType: "Standard",
    locations: [{ locationName: "westeurope", failoverPriority: 0 }],
    ...inputs,
  });
  const { outputs } = account;
  await stage.make("azure-native:cosmosdb:SqlResourceSqlDatabase", "db", {
    ...within,
    accountName: outputs["name"],
    resource: { id: "db" },
  });
  return { account, within };
}

export function containerOf({ outputs }: Made, within: object): Record<string, unknown> {
  const resource = { id: "rows", partitionKey: { kind: "Hash", paths: ["/key"] } };
  return { ...within, accountName: outputs["name"], databaseName: "db", resource };
}

/** Everything that an app stands on, and what gives its identity the right to its code. */
export async function makeAppParts(stage: Stage) {
  const within = await makeGroup(stage);
  const identity = await stage.make(IDENTITY, "function", within);
  const host = await stage.make(ACCOUNT, "host", { ...within, ...STORAGE });
  await stage.make("azure-native:storage:BlobContainer", "code", { ...within, accountName: host.outputs["name"] });
  const plan = await stage.make(PLAN, "plan", {
    ...within,
    reserved: true,
    sku: { name: "FC1", tier: "FlexConsumption" },
  });
  const storage = {
    type: "blobContainer",
    value: `https://${String(host.outputs["name"])}.blob.core.windows.net/code`,
    authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identity.id },
  };
  return {
    within,
    inputs: {
      ...within,
      kind: "functionapp,linux",
      serverFarmId: plan.id,
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      functionAppConfig: { deployment: { storage }, runtime: { name: "node", version: "22" } },
    },
    grant: () =>
      stage.make(RIGHT, "write-code", {
        scope: host.id,
        principalId: identity.outputs["principalId"],
        roleDefinitionId: BLOB_CONTRIBUTOR,
      }),
  };
}

/** Of inputs that are checked, the properties that are refused; on a stage of each test's own. */
export function failuresFor(): (type: string, inputs: Record<string, unknown>) => string[] {
  let stage: Stage;
  beforeEach(() => {
    stage = openStage("azure-native");
  });
  afterEach(() => {
    stage.close();
  });
  return (type, inputs) =>
    stage.provider.check(urnOf(type, "some-name"), type, undefined, inputs).failures.map(({ property }) => property);
}
