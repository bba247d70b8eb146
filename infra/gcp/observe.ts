import { Budget } from "@pulumi/gcp/billing";
import { ProjectExclusion } from "@pulumi/gcp/logging";
import { Dashboard } from "@pulumi/gcp/monitoring";
import { type Input, interpolate, type Output, output } from "@pulumi/pulumi";
import type { GcpConfig } from "../config/gcp";
import type { Watched } from "./alarm-rules";
import { alarms } from "./alarms";
import { dashboardBody } from "./dashboard";
import { metrics } from "./metrics";
import { alarmChannel } from "./notify";
import type { Scope } from "./scope";

export interface ObserveParts {
  watched: Watched;
  /** The Firestore database. */
  database: Input<string>;
}

/** The label that the budget counts by. */
export const COST_LABEL = "sluice-stack";

/** Alarms, dashboard, budget, and what is kept of the requests' log. The dashboard's address comes back. */
export function observe(scope: Scope, config: GcpConfig, { watched, database }: ObserveParts): Output<string> {
  const { project } = scope;
  const channel = alarmChannel(scope, config.alarmEmail);
  const channels = channel ? [channel.name] : [];
  alarms(scope, watched, channels);
  fewerRequestLogs(scope, watched);
  if (config.monthlyBudgetUsd !== undefined) budget(scope, config.monthlyBudgetUsd, config.billingAccount, channels);
  const { function: name, push, hold, endpoint } = watched;
  const shown = { function: name, push, hold, database, endpoint, metrics: metrics(scope, name) };
  const dashboard = new Dashboard(
    ...scope.inner("dashboard", {
      project,
      dashboardJson: output(shown).apply((names) =>
        dashboardBody({ title: scope.fixedName("dashboard", "pipeline"), ...names }),
      ),
    }),
  );
  const number = dashboard.id.apply((id) => id.slice(id.lastIndexOf("/") + 1));
  return interpolate`https://console.cloud.google.com/monitoring/dashboards/builder/${number}?project=${project}`;
}

/** Cloud Run logs each request, which is each message: one in a hundred that went well says as much. */
function fewerRequestLogs(scope: Scope, { function: name }: Watched): void {
  new ProjectExclusion(
    ...scope.inner("requestLogs", {
      project: scope.project,
      description: "Requests to a Sluice function that went well",
      filter: interpolate`resource.type="cloud_run_revision" AND resource.labels.service_name="${name}" AND log_id("run.googleapis.com/requests") AND httpRequest.status<400 AND sample(insertId, 0.99)`,
    }),
  );
}

/** Costs are counted by label some hours after they arise. The sizing has made sure of the account. */
function budget(scope: Scope, usd: number, billingAccount = "", channels: Input<string>[]): void {
  const units = Math.floor(usd);
  new Budget(
    ...scope.inner("budget", {
      billingAccount,
      displayName: scope.fixedName("dashboard", "budget"),
      amount: {
        specifiedAmount: { currencyCode: "USD", units: String(units), nanos: Math.round((usd - units) * 1e9) },
      },
      budgetFilter: {
        projects: [`projects/${scope.project}`],
        calendarPeriod: "MONTH",
        labels: { [COST_LABEL]: scope.labels[COST_LABEL]! },
      },
      thresholdRules: [{ thresholdPercent: 0.8 }, { thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" }],
      ...(channels.length === 0 ? {} : { allUpdatesRule: { monitoringNotificationChannels: channels } }),
    }),
  );
}
