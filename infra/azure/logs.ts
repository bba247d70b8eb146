import { Component } from "@pulumi/azure-native/applicationinsights";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor";
import { Workspace } from "@pulumi/azure-native/operationalinsights";
import type { Input } from "@pulumi/pulumi";
import type { AzureConfig } from "../config/azure";
import type { Scope } from "./scope";

export interface Logs {
  workspace: Workspace;
  insights: Component;
}

/** Where everything is logged: by identities alone, and no more than a day's cap. */
export function logs(scope: Scope, { logRetentionDays, dailyLogGb }: AzureConfig): Logs {
  const workspace = new Workspace(
    ...scope.inner("logs", {
      ...scope.here,
      sku: { name: "PerGB2018" },
      retentionInDays: logRetentionDays,
      workspaceCapping: { dailyQuotaGb: dailyLogGb },
      features: { disableLocalAuth: true },
    }),
  );
  const insights = new Component(
    ...scope.inner("insights", {
      ...scope.here,
      kind: "web",
      applicationType: "web",
      ingestionMode: "LogAnalytics",
      workspaceResourceId: workspace.id,
      disableLocalAuth: true,
    }),
  );
  return { workspace, insights };
}

/** What services log of their own, and only what is rare: a line per request would cost more than the request. */
const CATEGORIES = {
  hub: ["OperationalLogs", "AutoScaleLogs"],
  store: ["ControlPlaneRequests"],
  data: ["StorageDelete"],
  vault: ["AuditEvent"],
  models: ["ContainerAppConsoleLogs", "ContainerAppSystemLogs"],
} as const;

export type Logged = keyof typeof CATEGORIES;

export function diagnostics(scope: Scope, { workspace }: Logs, logged: Logged, resource: Input<string>): void {
  new DiagnosticSetting(
    ...scope.inner(
      "diagnostics",
      {
        name: "sluice",
        resourceUri: resource,
        workspaceId: workspace.id,
        logs: CATEGORIES[logged].map((category) => ({ category, enabled: true })),
        // An alarm compares them over a longer time than an alarm on metrics can.
        ...(logged === "hub" && { metrics: [{ category: "AllMetrics", enabled: true }] }),
      },
      { part: logged },
    ),
  );
}
