import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import {
  AppServicePlan,
  WebApp,
  WebAppApplicationSettings,
  WebAppFtpAllowed,
  WebAppScmAllowed,
} from "@pulumi/azure-native/web";
import { type Input, interpolate, type Output, type Resource } from "@pulumi/pulumi";
import { FUNCTION } from "../../functions/azure/trigger";
import type { AzureConfig } from "../config/azure";
import type { AzureSizing } from "../sizing";
import type { Build } from "./build";
import { Code } from "./code/code";
import type { Scope } from "./scope";
import { blobUrl, type HostStorage } from "./storage";

export interface FunctionParts {
  build: Build;
  /** Who runs it. */
  identity: UserAssignedIdentity;
  host: HostStorage;
  settings: Record<string, Input<string>>;
  /** What the identity has to have before the app starts. */
  rights: readonly Resource[];
  /** Where it reaches a private endpoint from. */
  subnet: Input<string> | undefined;
}

/** The app that does the work, its settings, and its code. */
export function worker(scope: Scope, config: AzureConfig, sizing: AzureSizing, parts: FunctionParts): WebApp {
  const app = appOf(scope, config, sizing, parts);
  const settings = new WebAppApplicationSettings(
    ...scope.inner("settings", { ...scope.within, name: app.name, properties: parts.settings }),
  );
  const policies = noPasswords(scope, app);
  new Code(
    ...scope.inner(
      "code",
      { site: scmOf(app), file: parts.build.file, sha256: parts.build.sha256 },
      { dependsOn: [settings, ...policies] },
    ),
  );
  return app;
}

function appOf(
  scope: Scope,
  config: AzureConfig,
  { memoryMb }: AzureSizing,
  { identity, host, rights, subnet }: FunctionParts,
): WebApp {
  const { minInstances, maxInstances, nodeVersion } = config;
  const plan = new AppServicePlan(
    ...scope.inner("plan", {
      ...scope.here,
      name: scope.uniqueName("plan", "plan"),
      kind: "functionapp",
      // Linux.
      reserved: true,
      sku: { name: "FC1", tier: "FlexConsumption" },
    }),
  );
  return new WebApp(
    ...scope.inner(
      "function",
      {
        ...scope.here,
        name: scope.uniqueName("site", "worker"),
        kind: "functionapp,linux",
        reserved: true,
        serverFarmId: plan.id,
        httpsOnly: true,
        publicNetworkAccess: "Enabled",
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        ...(subnet === undefined ? {} : { virtualNetworkSubnetId: subnet }),
        // And no `siteConfig`: the SDK would add a version of .NET to it, which this plan refuses (pulumi-azure-native#4168).
        functionAppConfig: {
          deployment: {
            storage: {
              type: "blobContainer",
              value: blobUrl(host.account, host.code),
              authentication: { type: "UserAssignedIdentity", userAssignedIdentityResourceId: identity.id },
            },
          },
          runtime: { name: "node", version: String(nodeVersion) },
          scaleAndConcurrency: {
            instanceMemoryMB: memoryMb,
            maximumInstanceCount: maxInstances,
            // This plan scales each function by itself.
            ...(minInstances > 0 && {
              alwaysReady: [{ name: `function:${FUNCTION}`, instanceCount: minInstances }],
            }),
          },
        },
      },
      { dependsOn: [...rights] },
    ),
  );
}

/** Deployments are by identities: an app comes with a user and a password as well. */
function noPasswords(scope: Scope, { name }: WebApp): Resource[] {
  const args = { ...scope.within, name, allow: false };
  return [
    new WebAppFtpAllowed(...scope.inner("ftpPolicy", args)),
    new WebAppScmAllowed(...scope.inner("scmPolicy", args)),
  ];
}

/** `https://<app>.scm.azurewebsites.net`. */
function scmOf({ defaultHostName }: WebApp): Output<string> {
  return interpolate`https://${defaultHostName.apply((host) => host.replace(".", ".scm."))}`;
}
