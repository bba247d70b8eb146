import { RoleDefinition } from "@pulumi/azure-native/authorization";
import { OnlineDeployment, OnlineEndpoint, type Workspace } from "@pulumi/azure-native/machinelearningservices";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import { AutoscaleSetting } from "@pulumi/azure-native/monitor";
import { interpolate } from "@pulumi/pulumi";
import { hash53 } from "../../shared/hash";
import type { AzureConfig } from "../config/azure";
import type { AzureMlSizing } from "../sizing";
import { guidOf } from "./guid";
import { type ModelEndpoint, type ModelParts, puller } from "./infer";
import type { Logs } from "./logs";
import { grant, ROLES } from "./rights";
import type { Scope } from "./scope";
import { imageOf, workspaceOf } from "./workspace";

/** Azure ML starts machines, and pulls the image to them. */
const SLOW = { customTimeouts: { create: "60m", update: "60m", delete: "60m" } } as const;

/** Shares of the CPU, in percent, above and below which there are more and fewer machines. */
const CPU = { more: 60, fewer: 25 } as const;

export interface AzureMlParts extends ModelParts {
  /** Who calls the endpoint. */
  caller: UserAssignedIdentity;
  logs: Logs;
}

/** The model server on a managed endpoint of Azure ML, which keeps one machine at least. */
export function azureMlEndpoint(
  scope: Scope,
  config: AzureConfig,
  sizing: AzureMlSizing,
  parts: AzureMlParts,
): ModelEndpoint {
  const { identity, grant: mayPull } = puller(scope, parts);
  const { workspace, account } = workspaceOf(scope, parts);
  const mayRead = grant(scope, "workspaceAccountGrant", { to: identity, role: ROLES.blobReader, on: account.id });
  const endpoint = new OnlineEndpoint(
    ...scope.inner(
      "endpoint",
      {
        ...scope.here,
        workspaceName: workspace.name,
        endpointName: scope.uniqueName("mlEndpoint", "model"),
        kind: "Managed",
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        properties: { authMode: "AADToken", publicNetworkAccess: "Enabled" },
      },
      // It needs its rights when it is made. Its traffic could only name a deployment that is not there yet: calls name one.
      { ...SLOW, dependsOn: [mayPull, mayRead], ignoreChanges: ["properties.traffic"] },
    ),
  );
  const deployment = deploymentOf(scope, config, sizing, { image: parts.image, workspace, endpoint });
  scaling(scope, sizing, deployment);
  return {
    type: "azure-ml",
    url: endpoint.properties.apply(({ scoringUri }) => scoringUri),
    deployment: deployment.name,
    id: endpoint.id,
    ready: [deployment, mayScore(scope, parts.caller, endpoint)],
  };
}

interface DeploymentParts {
  image: string;
  workspace: Workspace;
  endpoint: OnlineEndpoint;
}

function deploymentOf(
  scope: Scope,
  { timeoutSeconds }: AzureConfig,
  { machine, minInstances, concurrency }: AzureMlSizing,
  { image, workspace, endpoint }: DeploymentParts,
): OnlineDeployment {
  const environment = imageOf(scope, workspace, image);
  const probe = { period: "PT10S", timeout: "PT5S", successThreshold: 1 };
  return new OnlineDeployment(
    ...scope.inner(
      "deployment",
      {
        ...scope.here,
        workspaceName: workspace.name,
        endpointName: endpoint.name,
        // Azure cannot change the machine of a deployment: another one is another deployment, made before this one goes.
        deploymentName: `on-${hash53(machine).toString(36)}`,
        kind: "Managed",
        sku: { name: "Default", capacity: minInstances },
        properties: {
          endpointComputeType: "Managed",
          environmentId: environment.id,
          instanceType: machine,
          appInsightsEnabled: true,
          egressPublicNetworkAccess: "Enabled",
          scaleSettings: { scaleType: "Default" },
          // By default one request at a time, and five seconds.
          requestSettings: {
            maxConcurrentRequestsPerInstance: concurrency,
            requestTimeout: `PT${timeoutSeconds}S`,
          },
          livenessProbe: { ...probe, initialDelay: "PT30S", failureThreshold: 30 },
          readinessProbe: { ...probe, initialDelay: "PT10S", failureThreshold: 30 },
        },
      },
      // Scaling changes the count. Left to itself, the provider deletes first whatever the program named.
      { ...SLOW, ignoreChanges: ["sku.capacity"], deleteBeforeReplace: false },
    ),
  );
}

function scaling(scope: Scope, { minInstances, maxInstances }: AzureMlSizing, deployment: OnlineDeployment): void {
  const [fewest, most] = [String(minInstances), String(maxInstances)];
  const trigger = { metricName: "CpuUtilizationPercentage", metricResourceUri: deployment.id, timeGrain: "PT1M" };
  const average = { statistic: "Average", timeAggregation: "Average" } as const;
  const one = { type: "ChangeCount", value: "1" } as const;
  new AutoscaleSetting(
    ...scope.inner("deploymentScaling", {
      ...scope.here,
      targetResourceUri: deployment.id,
      enabled: true,
      profiles: [
        {
          name: "load",
          capacity: { default: fewest, minimum: fewest, maximum: most },
          rules: [
            {
              metricTrigger: {
                ...trigger,
                ...average,
                timeWindow: "PT5M",
                operator: "GreaterThan",
                threshold: CPU.more,
              },
              scaleAction: { ...one, direction: "Increase", cooldown: "PT5M" },
            },
            {
              metricTrigger: {
                ...trigger,
                ...average,
                timeWindow: "PT15M",
                operator: "LessThan",
                threshold: CPU.fewer,
              },
              scaleAction: { ...one, direction: "Decrease", cooldown: "PT10M" },
            },
          ],
        },
      ],
    }),
  );
}

/** Of Azure's own roles the narrowest that may call an endpoint may change workspaces as well. */
function mayScore(scope: Scope, to: UserAssignedIdentity, endpoint: OnlineEndpoint) {
  const group = interpolate`/subscriptions/${scope.subscription}/resourceGroups/${scope.within.resourceGroupName}`;
  const id = scope.within.resourceGroupName.apply((name) => guidOf(`${scope.subscription}/${name}/score`));
  const role = new RoleDefinition(
    ...scope.inner("scoreRole", {
      scope: group,
      roleDefinitionId: id,
      roleName: interpolate`Sluice: calls endpoints of ${scope.within.resourceGroupName}`,
      description: "Calls online endpoints of Azure ML",
      roleType: "CustomRole",
      assignableScopes: [group],
      permissions: [
        {
          actions: ["Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action"],
          notActions: [],
          dataActions: [],
          notDataActions: [],
        },
      ],
    }),
  );
  return grant(scope, "endpointGrant", { to, role: id, on: endpoint.id, after: role });
}
