import {
  BlobContainer,
  BlobServiceProperties,
  ManagementPolicy,
  Queue,
  StorageAccount,
  type StorageAccountArgs,
} from "@pulumi/azure-native/storage";
import { type CustomResourceOptions, interpolate, type Output } from "@pulumi/pulumi";
import type { AzureConfig } from "../config/azure";
import type { Scope } from "./scope";

/** Days in which what was deleted or overwritten can be brought back. */
const UNDELETE_DAYS = 7;

/** From then on the archive is read, if at all, by a replay. */
const COOL_DAYS = 30;

export interface HostStorage {
  account: StorageAccount;
  code: BlobContainer;
}

export interface DataStorage {
  account: StorageAccount;
  archive: BlobContainer;
  deadLetters: BlobContainer;
  results: BlobContainer;
  queue: Queue;
}

/** What the function's host keeps, apart from the data: its positions are written all the time. */
export function hostStorage(scope: Scope): HostStorage {
  const account = new StorageAccount(...scope.inner("hostAccount", keylessAccount(scope, "host"), scope.keep));
  const code = new BlobContainer(
    ...scope.inner("codeContainer", {
      ...scope.within,
      accountName: account.name,
      containerName: "code",
      publicAccess: "None",
    }),
  );
  return { account, code };
}

/**
 * Archive, dead letters and results. Azure deletes an account with all that is in it, so by default a destroyed stack only
 * lets go of it. For the same reason the containers are always there: one that was let go of could not be made again.
 */
export function dataStorage(scope: Scope, config: AzureConfig): DataStorage {
  const options = { ...scope.keep, ...letGo(config) };
  const account = new StorageAccount(...scope.inner("dataAccount", keylessAccount(scope, "data"), options));
  const container = (key: "archive" | "deadLetters" | "results", containerName: string) =>
    new BlobContainer(
      ...scope.inner(key, { ...scope.within, accountName: account.name, containerName, publicAccess: "None" }, options),
    );
  const data = {
    account,
    archive: container("archive", "archive"),
    deadLetters: container("deadLetters", "dead-letters"),
    results: container("results", "results"),
    queue: new Queue(
      ...scope.inner("deadQueue", { ...scope.within, accountName: account.name, queueName: "dead-letters" }, options),
    ),
  };
  keepDeleted(scope, account);
  lifecycle(scope, config, account);
  return data;
}

/** What stays behind when the stack is destroyed without `forceDestroy`. */
export function letGo({ forceDestroy }: Pick<AzureConfig, "forceDestroy">): CustomResourceOptions {
  return forceDestroy ? {} : { retainOnDelete: true };
}

/** Closed to the public and to keys, and so to whoever has found one. */
export function keylessAccount(scope: Scope, part: string): StorageAccountArgs {
  return {
    ...scope.here,
    accountName: scope.uniqueName("storage", part),
    kind: "StorageV2",
    sku: { name: "Standard_LRS" },
    allowBlobPublicAccess: false,
    allowSharedKeyAccess: false,
    allowCrossTenantReplication: false,
    defaultToOAuthAuthentication: true,
    enableHttpsTrafficOnly: true,
    minimumTlsVersion: "TLS1_2",
  };
}

/** `https://<account>.blob.core.windows.net/<container>`. */
export function blobUrl(account: StorageAccount, { name }: BlobContainer): Output<string> {
  return interpolate`https://${account.name}.blob.core.windows.net/${name}`;
}

/** `https://<account>.queue.core.windows.net/<queue>`. */
export function queueUrl(account: StorageAccount, { name }: Queue): Output<string> {
  return interpolate`https://${account.name}.queue.core.windows.net/${name}`;
}

function keepDeleted(scope: Scope, account: StorageAccount): void {
  const retention = { enabled: true, days: UNDELETE_DAYS };
  new BlobServiceProperties(
    ...scope.inner("dataBlobs", {
      ...scope.within,
      accountName: account.name,
      blobServicesName: "default",
      deleteRetentionPolicy: retention,
      containerDeleteRetentionPolicy: retention,
      isVersioningEnabled: true,
    }),
  );
}

function lifecycle(scope: Scope, { archiveDays }: AzureConfig, account: StorageAccount): void {
  const after = (days: number) => ({ daysAfterModificationGreaterThan: days });
  new ManagementPolicy(
    ...scope.inner("lifecycle", {
      ...scope.within,
      accountName: account.name,
      managementPolicyName: "default",
      policy: {
        rules: [
          {
            name: "archive",
            type: "Lifecycle",
            enabled: true,
            definition: {
              filters: { blobTypes: ["blockBlob"], prefixMatch: ["archive/"] },
              actions: {
                baseBlob: {
                  // Blobs that cool down are paid for 30 days at least.
                  ...(archiveDays > 2 * COOL_DAYS && { tierToCool: after(COOL_DAYS) }),
                  delete: after(archiveDays),
                },
              },
            },
          },
          {
            name: "versions",
            type: "Lifecycle",
            enabled: true,
            definition: {
              filters: { blobTypes: ["blockBlob"] },
              actions: { version: { delete: { daysAfterCreationGreaterThan: UNDELETE_DAYS } } },
            },
          },
        ],
      },
    }),
  );
}
