import { Vault } from "@pulumi/azure-native/keyvault";
import { EnvironmentContainer, EnvironmentVersion, Workspace } from "@pulumi/azure-native/machinelearningservices";
import { StorageAccount } from "@pulumi/azure-native/storage";
import { hash53 } from "../../shared/hash";
import type { AzureMlParts } from "./azure-ml";
import { SERVER } from "./infer";
import { diagnostics } from "./logs";
import type { Scope } from "./scope";
import { keylessAccount } from "./storage";

export interface ModelWorkspace {
  workspace: Workspace;
  account: StorageAccount;
}

/** The workspace of an endpoint, and what Azure ML wants a workspace to have. Nothing of ours is kept there. */
export function workspaceOf(scope: Scope, { caller, logs, registry }: AzureMlParts): ModelWorkspace {
  const account = new StorageAccount(...scope.inner("workspaceAccount", keylessAccount(scope, "model")));
  const vault = new Vault(
    ...scope.inner("workspaceVault", {
      ...scope.here,
      vaultName: scope.uniqueName("vault", "model"),
      properties: {
        tenantId: caller.tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 7,
        enablePurgeProtection: true,
      },
    }),
  );
  diagnostics(scope, logs, "vault", vault.id);
  const workspace = new Workspace(
    ...scope.inner("workspace", {
      ...scope.here,
      workspaceName: scope.uniqueName("workspace", "model"),
      kind: "Default",
      sku: { name: "Basic", tier: "Basic" },
      identity: { type: "SystemAssigned" },
      storageAccount: account.id,
      keyVault: vault.id,
      applicationInsights: logs.insights.id,
      // Otherwise Azure ML makes one, that nothing deletes.
      containerRegistry: registry,
      systemDatastoresAuthMode: "Identity",
      publicNetworkAccess: "Enabled",
      v1LegacyMode: false,
    }),
  );
  return { workspace, account };
}

/** The image as Azure ML knows it, with the model server's routes. Versions do not change: another image is another one. */
export function imageOf(scope: Scope, workspace: Workspace, image: string): EnvironmentVersion {
  const place = { ...scope.within, workspaceName: workspace.name };
  const container = new EnvironmentContainer(
    ...scope.inner("modelImage", {
      ...place,
      name: "model-server",
      properties: { description: "Sluice's model server" },
    }),
  );
  const route = (path: string) => ({ port: SERVER.port, path });
  return new EnvironmentVersion(
    ...scope.inner(
      "modelImageVersion",
      {
        ...place,
        name: container.name,
        version: hash53(image).toString(36),
        properties: {
          image,
          osType: "Linux",
          inferenceConfig: {
            livenessRoute: route(SERVER.live),
            readinessRoute: route(SERVER.ready),
            scoringRoute: route(SERVER.predict),
          },
        },
      },
      // What serves goes over to the new image before the old one goes.
      { deleteBeforeReplace: false },
    ),
  );
}
