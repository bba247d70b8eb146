import { ContainerApp, ManagedEnvironment } from "@pulumi/azure-native/app";
import { interpolate } from "@pulumi/pulumi";
import type { AzureConfig } from "../config/azure";
import type { ContainerAppSizing } from "../sizing";
import { type ModelEndpoint, type ModelParts, type Puller, puller, SERVER } from "./infer";
import { diagnostics, type Logs } from "./logs";
import { modelAddress, modelNetwork } from "./network";
import type { Scope } from "./scope";

/** Memory that goes with one CPU: https://learn.microsoft.com/azure/container-apps/containers#allocations */
const MB_PER_CPU = 2048;

const PROFILE = "Consumption";

/** The model server on Container Apps, down to no instance at all while nothing is asked of it, in a network of its own. */
export function modelService(
  scope: Scope,
  config: AzureConfig,
  sizing: ContainerAppSizing,
  parts: ModelParts & { logs: Logs },
): ModelEndpoint {
  const { network, functions, models } = modelNetwork(scope);
  const environment = new ManagedEnvironment(
    ...scope.inner("modelEnvironment", {
      ...scope.here,
      environmentName: scope.uniqueName("containerApps", "models"),
      // By way of a diagnostic setting: the other way needs the key of the workspace.
      appLogsConfiguration: { destination: "azure-monitor" },
      workloadProfiles: [{ name: PROFILE, workloadProfileType: PROFILE }],
      vnetConfiguration: { infrastructureSubnetId: models.id, internal: true },
    }),
  );
  diagnostics(scope, parts.logs, "models", environment.id);
  const service = serviceOf(scope, config, sizing, parts, environment, puller(scope, parts));
  const address = modelAddress(scope, network, environment);
  return {
    type: "container-app",
    url: interpolate`https://${service.name}.${environment.defaultDomain}${SERVER.predict}`,
    id: service.id,
    subnet: functions.id,
    ready: [service, ...address],
  };
}

function serviceOf(
  scope: Scope,
  { timeoutSeconds }: AzureConfig,
  { concurrency, minInstances, maxInstances, memoryMb }: ContainerAppSizing,
  { image }: ModelParts,
  environment: ManagedEnvironment,
  { identity, grant }: Puller,
): ContainerApp {
  return new ContainerApp(
    ...scope.inner(
      "modelService",
      {
        ...scope.here,
        containerAppName: "model",
        environmentId: environment.id,
        workloadProfileName: PROFILE,
        identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
        configuration: {
          activeRevisionsMode: "Single",
          // As far as the network goes, which has no way in from outside.
          ingress: { external: true, targetPort: SERVER.port, transport: "http", allowInsecure: false },
          registries: [{ server: image.slice(0, image.indexOf("/")), identity: identity.id }],
          // The platform pulls with it; what runs in the container gets no token.
          identitySettings: [{ identity: identity.id, lifecycle: "None" }],
        },
        template: {
          containers: [
            {
              name: "server",
              image,
              resources: { cpu: memoryMb / MB_PER_CPU, memory: `${memoryMb / 1024}Gi` },
              probes: [
                // 10 is the most of them.
                { ...probe("Startup", SERVER.ready), periodSeconds: 3, failureThreshold: 10 },
                { ...probe("Readiness", SERVER.ready), periodSeconds: 5, failureThreshold: 3 },
                { ...probe("Liveness", SERVER.live), periodSeconds: 10, timeoutSeconds: 5 },
              ],
            },
          ],
          // After SIGTERM it finishes what is under way.
          terminationGracePeriodSeconds: Math.max(30, timeoutSeconds),
          scale: {
            minReplicas: minInstances,
            maxReplicas: maxInstances,
            rules: [{ name: "requests", http: { metadata: { concurrentRequests: String(concurrency) } } }],
          },
        },
      },
      { dependsOn: [grant] },
    ),
  );
}

function probe(type: "Startup" | "Readiness" | "Liveness", path: string) {
  return { type, httpGet: { path, port: SERVER.port } };
}
