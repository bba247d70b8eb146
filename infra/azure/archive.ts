import type { RoleAssignment } from "@pulumi/azure-native/authorization";
import type { EventHubArgs } from "@pulumi/azure-native/eventhub";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import type { AzureConfig } from "../config/azure";
import { grant, ROLES } from "./rights";
import type { Scope } from "./scope";
import type { DataStorage } from "./storage";

/** Event Hubs writes the archive itself, in Avro files. */
export interface Capture {
  grant: RoleAssignment;
  description: NonNullable<EventHubArgs["captureDescription"]>;
}

const DEFAULT_SECONDS = 300;
const FILE_BYTES = 100 * 1024 * 1024;

/** Names of Capture's files: each part has to be there. */
const FILES = "{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}";

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-capture-managed-identity */
export function capture(
  scope: Scope,
  { archiveSeconds = DEFAULT_SECONDS }: AzureConfig,
  { writer, data }: { writer: UserAssignedIdentity; data: DataStorage },
): Capture {
  return {
    grant: grant(scope, "captureGrant", { to: writer, role: ROLES.blobContributor, on: data.archive.id }),
    description: {
      enabled: true,
      encoding: "Avro",
      intervalInSeconds: archiveSeconds,
      sizeLimitInBytes: FILE_BYTES,
      skipEmptyArchives: true,
      destination: {
        name: "EventHubArchive.AzureBlockBlob",
        storageAccountResourceId: data.account.id,
        blobContainer: data.archive.name,
        archiveNameFormat: FILES,
        identity: { type: "UserAssigned", userAssignedIdentity: writer.id },
      },
    },
  };
}
