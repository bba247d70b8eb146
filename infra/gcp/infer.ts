import { Service, ServiceIamMember } from "@pulumi/gcp/cloudrunv2";
import type { Account } from "@pulumi/gcp/serviceaccount";
import type { Output, Resource } from "@pulumi/pulumi";
import type { GcpConfig } from "../config/gcp";
import type { CloudRunSizing } from "../sizing";
import { account } from "./accounts";
import type { Scope } from "./scope";

export interface ModelEndpoint {
  type: "cloud-run" | "vertex";
  /** What the function posts to. */
  url: Output<string>;
  /** Of the service or the endpoint, as its metrics call it. */
  name: Output<string>;
  /** That the function may call it. */
  grant: Resource;
}

/** Of the model server: functions/model-server/README.md. */
export const SERVER = { port: 8080, live: "/live", ready: "/ready", predict: "/score" } as const;

export interface ModelParts {
  image: string;
  /** Who calls it. */
  caller: Account;
}

/** The model server on Cloud Run, down to no instance at all while nothing is asked of it. */
export function modelService(
  scope: Scope,
  config: GcpConfig,
  sizing: CloudRunSizing,
  parts: ModelParts,
): ModelEndpoint {
  const { project, region, labels } = scope;
  const service = new Service(
    ...scope.inner("modelService", {
      name: scope.fixedName("service", "model"),
      location: region,
      // A function reaches it over its public address, where only the right below lets anybody in.
      ingress: "INGRESS_TRAFFIC_ALL",
      deletionProtection: config.deletionProtection,
      template: {
        serviceAccount: account(scope, "model").email,
        maxInstanceRequestConcurrency: sizing.concurrency,
        timeout: `${config.timeoutSeconds}s`,
        scaling: { minInstanceCount: sizing.minInstances, maxInstanceCount: sizing.maxInstances },
        containers: [
          {
            image: parts.image,
            ports: { containerPort: SERVER.port },
            // One process uses one core.
            resources: { limits: { cpu: "1", memory: `${sizing.memoryMb}Mi` }, cpuIdle: true, startupCpuBoost: true },
            startupProbe: {
              httpGet: { path: SERVER.ready },
              periodSeconds: 1,
              timeoutSeconds: 1,
              failureThreshold: 120,
            },
            livenessProbe: { httpGet: { path: SERVER.live }, periodSeconds: 10, timeoutSeconds: 5 },
          },
        ],
        labels,
      },
      labels,
    }),
  );
  const grant = new ServiceIamMember(
    ...scope.inner("modelGrant", {
      project,
      location: region,
      name: service.name,
      role: "roles/run.invoker",
      member: parts.caller.member,
    }),
  );
  return { type: "cloud-run", url: service.uri, name: service.name, grant };
}
