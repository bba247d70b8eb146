import { ManagementLockByScope } from "@pulumi/azure-native/authorization";
import {
  DatabaseAccount,
  SqlResourceSqlContainer,
  SqlResourceSqlDatabase,
  SqlResourceSqlRoleAssignment,
} from "@pulumi/azure-native/cosmosdb";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import { all, interpolate, type Output } from "@pulumi/pulumi";
import type { AzureConfig } from "../config/azure";
import { guidOf } from "./guid";
import type { Scope } from "./scope";

export interface Store {
  account: DatabaseAccount;
  database: SqlResourceSqlDatabase;
  container: SqlResourceSqlContainer;
  /** `https://<account>.documents.azure.com/dbs/<database>/colls/<container>`. */
  url: Output<string>;
}

const DATABASE = "sluice";
const CONTAINER = "predictions";

/** What is asked by. Each further path costs request units with every write. */
export const INDEXED = ["/key/?", "/time/?"];

/** Cosmos DB's own role of those who read and write data: https://learn.microsoft.com/azure/cosmos-db/nosql/reference-data-plane-security */
const DATA_CONTRIBUTOR = "00000000-0000-0000-0000-000000000002";

/** The container of predictions. */
export function store(scope: Scope, config: AzureConfig): Store {
  // A lock alone would not stop `pulumi destroy`, which deletes the lock first.
  const kept = config.deletionProtection ? { protect: true } : scope.keep;
  const account = accountOf(scope, config, kept);
  const database = new SqlResourceSqlDatabase(
    ...scope.inner(
      "database",
      { ...scope.within, accountName: account.name, databaseName: DATABASE, resource: { id: DATABASE } },
      kept,
    ),
  );
  const container = new SqlResourceSqlContainer(
    ...scope.inner(
      "container",
      {
        ...scope.within,
        accountName: account.name,
        databaseName: database.name,
        containerName: CONTAINER,
        resource: {
          id: CONTAINER,
          partitionKey: { kind: "Hash", version: 2, paths: ["/key"] },
          // Documents may expire, each as it says itself.
          defaultTtl: -1,
          indexingPolicy: {
            automatic: true,
            indexingMode: "consistent",
            includedPaths: INDEXED.map((path) => ({ path })),
            excludedPaths: [{ path: "/*" }],
          },
        },
        // A serverless account refuses these.
        ...(config.maxRequestUnits === undefined
          ? {}
          : { options: { autoscaleSettings: { maxThroughput: config.maxRequestUnits } } }),
      },
      // The provider would try to change the key in place, and Azure refuse. Two of one name cannot be there at a time.
      { ...kept, replaceOnChanges: ["resource.partitionKey"], deleteBeforeReplace: true },
    ),
  );
  const url = interpolate`https://${account.name}.documents.azure.com/dbs/${database.name}/colls/${container.name}`;
  return { account, database, container, url };
}

/** Rights on data are Cosmos DB's own, and not Azure's. A right cannot change what it is about, so its id follows from that. */
export function storeRight(
  scope: Scope,
  { account, database, container }: Store,
  { principalId }: UserAssignedIdentity,
): SqlResourceSqlRoleAssignment {
  const on = interpolate`${account.id}/dbs/${database.name}/colls/${container.name}`;
  return new SqlResourceSqlRoleAssignment(
    ...scope.inner("storeGrant", {
      ...scope.within,
      accountName: account.name,
      roleAssignmentId: all([principalId, on]).apply((parts) => guidOf(parts.join("\n"))),
      roleDefinitionId: interpolate`${account.id}/sqlRoleDefinitions/${DATA_CONTRIBUTOR}`,
      principalId,
      scope: on,
    }),
  );
}

function accountOf(scope: Scope, config: AzureConfig, kept: { protect?: boolean }): DatabaseAccount {
  const account = new DatabaseAccount(
    ...scope.inner(
      "cosmosAccount",
      {
        ...scope.here,
        accountName: scope.uniqueName("cosmos", "store"),
        kind: "GlobalDocumentDB",
        databaseAccountOfferType: "Standard",
        capabilities: config.maxRequestUnits === undefined ? [{ name: "EnableServerless" }] : [],
        locations: [{ locationName: scope.location, failoverPriority: 0, isZoneRedundant: false }],
        consistencyPolicy: { defaultConsistencyLevel: "Session" },
        backupPolicy: { type: "Continuous", continuousModeProperties: { tier: "Continuous7Days" } },
        disableLocalAuth: true,
        disableKeyBasedMetadataWriteAccess: true,
        minimalTlsVersion: "Tls12",
        publicNetworkAccess: "Enabled",
      },
      // As above: between serverless and a throughput of its own there is no way but a new account.
      { ...kept, replaceOnChanges: ["capabilities"], deleteBeforeReplace: true },
    ),
  );
  if (config.deletionProtection)
    new ManagementLockByScope(
      ...scope.inner("storeLock", {
        scope: account.id,
        lockName: "sluice",
        level: "CanNotDelete",
        notes: "The predictions of a Sluice pipeline: `sluice:deletionProtection`.",
      }),
    );
  return account;
}
