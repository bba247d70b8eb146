import type { Failure } from "../../../check";
import { isObject, type Properties, UNKNOWN } from "../../../values";
import { at, between, fail, failIf, matches, oneOf, type Rule } from "../../rule";

const RESOURCE = "resource";
const SKUS = ["Premium_LRS", "Premium_ZRS", "Standard_GRS", "Standard_GZRS", "Standard_LRS", "Standard_RAGRS"];
const ZONE_SKUS = ["Standard_RAGZRS", "Standard_ZRS"];

export const DATA: Readonly<Record<string, Rule>> = {
  "azure-native:cosmosdb:DatabaseAccount": (inputs) => [
    oneOf(inputs["databaseAccountOfferType"], "databaseAccountOfferType", ["Standard"]),
    oneOf(inputs["kind"], "kind", ["GlobalDocumentDB", "MongoDB", "Parse"]),
    oneOf(at(inputs, "consistencyPolicy.defaultConsistencyLevel"), "consistencyPolicy.defaultConsistencyLevel", [
      ...["BoundedStaleness", "ConsistentPrefix", "Eventual", "Session", "Strong"],
    ]),
    oneOf(inputs["minimalTlsVersion"], "minimalTlsVersion", ["Tls", "Tls11", "Tls12"]),
    ...places(inputs),
  ],
  "azure-native:cosmosdb:SqlResourceSqlDatabase": (inputs) => [sameId(inputs, "databaseName")],
  "azure-native:cosmosdb:SqlResourceSqlContainer": (inputs) => [
    sameId(inputs, "containerName"),
    ...partitionKey(at(inputs, "resource.partitionKey")),
    ttl(at(inputs, "resource.defaultTtl")),
    ...indexing(at(inputs, "resource.indexingPolicy")),
  ],
  "azure-native:cosmosdb:SqlResourceSqlRoleAssignment": (inputs) => [
    matches(
      inputs["roleDefinitionId"],
      "roleDefinitionId",
      /\/databaseAccounts\/[^/]+\/sqlRoleDefinitions\/[0-9a-f-]{36}$/,
    ),
    // ARM's own form of a container's id is refused: https://learn.microsoft.com/azure/cosmos-db/how-to-setup-rbac
    matches(inputs["scope"], "scope", /\/databaseAccounts\/[^/]+(?:\/dbs\/[^/]+(?:\/colls\/[^/]+)?)?\/?$/),
    matches(inputs["principalId"], "principalId", /^[0-9a-f-]{36}$/),
  ],
  "azure-native:storage:StorageAccount": (inputs) => [
    oneOf(at(inputs, "sku.name"), "sku.name", [...SKUS, ...ZONE_SKUS]),
    oneOf(inputs["kind"], "kind", ["BlobStorage", "BlockBlobStorage", "FileStorage", "Storage", "StorageV2"]),
    oneOf(inputs["minimumTlsVersion"], "minimumTlsVersion", ["TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"]),
    oneOf(inputs["accessTier"], "accessTier", ["Cold", "Cool", "Hot", "Premium"]),
  ],
  "azure-native:storage:BlobContainer": (inputs) => [
    oneOf(inputs["publicAccess"], "publicAccess", ["Blob", "Container", "None"]),
  ],
  "azure-native:storage:BlobServiceProperties": (inputs) =>
    ["containerDeleteRetentionPolicy.days", "deleteRetentionPolicy.days"].map((path) =>
      between(at(inputs, path), path, 1, 365),
    ),
  "azure-native:storage:ManagementPolicy": (inputs) => lifecycle(at(inputs, "policy.rules")),
};

function isServerless(inputs: Properties): boolean {
  const given = inputs["capabilities"];
  return Array.isArray(given) && given.some((capability) => at(capability, "name") === "EnableServerless");
}

function places(inputs: Properties): (Failure | undefined)[] {
  const { locations } = inputs;
  if (!Array.isArray(locations)) return [];
  const priorities = locations.map((location) => at(location, "failoverPriority"));
  return [
    failIf(new Set(priorities).size < priorities.length, "locations", "two locations have one failoverPriority"),
    failIf(
      isServerless(inputs) && locations.length > 1,
      "locations",
      "Serverless accounts do not support multiple regions",
    ),
    failIf(
      isServerless(inputs) && inputs["enableAutomaticFailover"] === true,
      "enableAutomaticFailover",
      "a serverless account has one region, and nothing to fail over to",
    ),
  ];
}

function sameId(inputs: Properties, property: string): Failure | undefined {
  const name = inputs[property];
  const id = at(inputs, `${RESOURCE}.id`);
  if (name === UNKNOWN || id === UNKNOWN || name === id) return undefined;
  return fail(`${RESOURCE}.id`, `resource.id and ${property} differ: ${String(id)} and ${String(name)}`);
}

function partitionKey(given: unknown): (Failure | undefined)[] {
  const path = `${RESOURCE}.partitionKey`;
  if (!isObject(given)) return [fail(path, "a container needs a partition key")];
  const paths = Array.isArray(given["paths"]) ? given["paths"] : [];
  return [
    oneOf(given["kind"], `${path}.kind`, ["Hash", "MultiHash", "Range"]),
    oneOf(given["version"], `${path}.version`, [1, 2]),
    failIf(given["kind"] === "Hash" && paths.length !== 1, `${path}.paths`, "a hashed key has one path"),
    ...paths.map((value, i) => matches(value, `${path}.paths[${i}]`, /^(?:\/[\w~.-]+)+$/)),
  ];
}

/** -1 keeps for ever what has no time of its own; 0 is no time. */
function ttl(value: unknown): Failure | undefined {
  if (value === -1) return undefined;
  return between(value, `${RESOURCE}.defaultTtl`, 1, 2_147_483_647);
}

/** https://learn.microsoft.com/azure/cosmos-db/index-policy: the root has to be in one of the two lists. */
function indexing(given: unknown): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  const path = `${RESOURCE}.indexingPolicy`;
  const paths = ["includedPaths", "excludedPaths"].flatMap((name) => {
    const list = given[name];
    return Array.isArray(list) ? list.map((item) => at(item, "path")) : [];
  });
  return [
    oneOf(given["indexingMode"], `${path}.indexingMode`, ["consistent", "none"]),
    failIf(
      given["indexingMode"] !== "none" && !paths.includes("/*"),
      path,
      'The special mandatory indexing path "/" is not provided in any of the path type sets',
    ),
    ...paths.map((value) => matches(value, path, /^\/(?:.*\/)?[*?]$/)),
  ];
}

/** https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure */
function lifecycle(rules: unknown): (Failure | undefined)[] {
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule, i) => {
    const path = `policy.rules[${i}]`;
    const types = at(rule, "definition.filters.blobTypes");
    const list = Array.isArray(types) ? types : [];
    return [
      matches(at(rule, "name"), `${path}.name`, /^[A-Za-z0-9][\w-]{0,255}$/),
      oneOf(at(rule, "type"), `${path}.type`, ["Lifecycle"]),
      failIf(list.length === 0, `${path}.definition.filters.blobTypes`, "a rule names the blob types it is for"),
      ...list.map((type, j) => oneOf(type, `${path}.definition.filters.blobTypes[${j}]`, ["appendBlob", "blockBlob"])),
    ];
  });
}
