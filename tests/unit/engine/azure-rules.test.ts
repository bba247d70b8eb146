import { describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { ACCOUNT, CONTAINER, DOCUMENTS, failuresFor, GROUP, HUB, NAMESPACE, RIGHT } from "./azure-parts";

const DOCUMENT_RIGHT = "azure-native:cosmosdb:SqlResourceSqlRoleAssignment";
const LIFECYCLE = "azure-native:storage:ManagementPolicy";
const LINK = "azure-native:privatedns:VirtualNetworkLink";
const WORKBOOK = "azure-native:applicationinsights:Workbook";

const within = { resourceGroupName: "g" };

const failures = failuresFor();

const hub = (inputs: object) => ({ ...within, namespaceName: "n", ...inputs });
const capture = (config: object) => hub({ captureDescription: { enabled: true, encoding: "Avro", ...config } });
const documents = (inputs: object) => ({
  ...within,
  accountName: "docs",
  databaseAccountOfferType: "Standard",
  locations: [{ locationName: "westeurope", failoverPriority: 0 }],
  ...inputs,
});
const container = (resource: object) => ({
  ...within,
  accountName: "a",
  databaseName: "d",
  containerName: "rows",
  resource: { id: "rows", partitionKey: { kind: "Hash", paths: ["/key"] }, ...resource },
});

describe("Azure refuses in the inputs of access, hubs and stores", () => {
  it.each<[string, string, Record<string, unknown>, string[]]>([
    ["dashes in an account's name", ACCOUNT, { ...within, ...storage(), accountName: "my-data" }, ["accountName"]],
    ["a word for a right's name", RIGHT, { ...right(), roleAssignmentName: "receiver" }, ["roleAssignmentName"]],
    [
      "a word for a dashboard's name",
      WORKBOOK,
      { ...within, ...workbook(), resourceName: "dashboard" },
      ["resourceName"],
    ],
    [
      "another name for an account's only policy",
      LIFECYCLE,
      { ...lifecycle(), managementPolicyName: "x" },
      ["managementPolicyName"],
    ],
    ["a region that does not exist", GROUP, { location: "westerneurope" }, ["location"]],
    ["a link in a region", LINK, { ...within, privateZoneName: "z.io", location: "westeurope" }, ["location"]],
    ["a slash in a tag", GROUP, { tags: { "a/b": "1" } }, ["tags.a/b"]],
    ["a role by its name", RIGHT, { ...right(), roleDefinitionId: "Reader" }, ["roleDefinitionId"]],

    ["33 partitions", HUB, hub({ partitionCount: 33 }), ["partitionCount"]],
    [
      "retention in two ways",
      HUB,
      hub({ messageRetentionInDays: 1, retentionDescription: { retentionTimeInHours: 24 } }),
      ["messageRetentionInDays"],
    ],
    [
      "files of Capture each half minute",
      HUB,
      capture({ intervalInSeconds: 30 }),
      ["captureDescription.intervalInSeconds"],
    ],
    [
      "a name of Capture's files without the partition",
      HUB,
      capture({
        destination: {
          name: "EventHubArchive.AzureBlockBlob",
          archiveNameFormat: "{Namespace}/{EventHub}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}",
        },
      }),
      ["captureDescription.destination.archiveNameFormat"],
    ],
    [
      "units for a namespace that does not grow",
      NAMESPACE,
      { ...within, sku: { name: "Standard" }, maximumThroughputUnits: 4 },
      ["maximumThroughputUnits"],
    ],
    [
      "a Basic namespace that grows",
      NAMESPACE,
      { ...within, sku: { name: "Basic" }, isAutoInflateEnabled: true, maximumThroughputUnits: 4 },
      ["isAutoInflateEnabled"],
    ],

    [
      "two regions of a serverless account",
      DOCUMENTS,
      documents({
        capabilities: [{ name: "EnableServerless" }],
        locations: [{ failoverPriority: 0 }, { failoverPriority: 1 }],
      }),
      ["locations"],
    ],
    [
      "a partition key without a slash",
      CONTAINER,
      container({ partitionKey: { kind: "Hash", paths: ["key"] } }),
      ["resource.partitionKey.paths[0]"],
    ],
    ["a container by two names", CONTAINER, container({ id: "others" }), ["resource.id"]],
    ["a life of no seconds", CONTAINER, container({ defaultTtl: 0 }), ["resource.defaultTtl"]],
    [
      "an index that does not say what becomes of the rest",
      CONTAINER,
      container({ indexingPolicy: { indexingMode: "consistent", includedPaths: [{ path: "/key/?" }] } }),
      ["resource.indexingPolicy"],
    ],
    [
      "a right to documents as the rest of Azure writes it",
      DOCUMENT_RIGHT,
      {
        ...within,
        accountName: "a",
        roleAssignmentId: "6f5c2a86-0000-4000-8000-000000000001",
        principalId: "6f5c2a86-0000-4000-8000-000000000002",
        roleDefinitionId: "/x/databaseAccounts/a/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002",
        scope: "/x/databaseAccounts/a/sqlDatabases/d/containers/rows",
      },
      ["scope"],
    ],
  ])("%s", (_, type, inputs, expected) => {
    expect(failures(type, inputs)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    [ACCOUNT, { ...within, ...storage(), accountName: UNKNOWN, location: UNKNOWN }],
    [HUB, hub({ partitionCount: 8, retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours: 24 } })],
    [
      NAMESPACE,
      { ...within, sku: { name: "Standard", capacity: 1 }, isAutoInflateEnabled: true, maximumThroughputUnits: 4 },
    ],
    [
      CONTAINER,
      container({ defaultTtl: -1, indexingPolicy: { indexingMode: "consistent", excludedPaths: [{ path: "/*" }] } }),
    ],
    [RIGHT, { ...right(), roleDefinitionId: UNKNOWN, principalId: UNKNOWN }],
    [LINK, { ...within, privateZoneName: UNKNOWN, location: "global" }],
  ])("nothing of %s that is right or not known yet", (type, inputs) => {
    expect(failures(type, inputs)).toEqual([]);
  });
});

function storage() {
  return { kind: "StorageV2", sku: { name: "Standard_LRS" } };
}

function right() {
  return {
    scope: "/subscriptions/s",
    principalId: "p",
    roleDefinitionId:
      "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
  };
}

function lifecycle() {
  return { ...within, accountName: "a", policy: { rules: [] } };
}

function workbook() {
  return {
    category: "workbook",
    displayName: "d",
    kind: "shared",
    serializedData: "{}",
    resourceName: "3d0b1d5e-0000-4000-8000-000000000001",
  };
}
