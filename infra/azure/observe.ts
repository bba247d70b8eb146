import { Workbook } from "@pulumi/azure-native/applicationinsights";
import { Budget } from "@pulumi/azure-native/consumption";
import type { ActionGroup } from "@pulumi/azure-native/monitor";
import type { ResourceGroup } from "@pulumi/azure-native/resources";
import { all, interpolate, type Output } from "@pulumi/pulumi";
import type { AzureConfig } from "../config/azure";
import type { Watched } from "./alarm-rules";
import { alarms } from "./alarms";
import { dashboardBody } from "./dashboard";
import { guidOf } from "./guid";
import { alarmGroup } from "./notify";
import type { Scope } from "./scope";

export interface ObserveParts {
  group: ResourceGroup;
  watched: Watched;
}

/** Alarms, dashboard and budget. The dashboard's address comes back. */
export function observe(scope: Scope, config: AzureConfig, { group, watched }: ObserveParts): Output<string> {
  const told = alarmGroup(scope, config.alarmEmail);
  alarms(scope, watched, told ? [told.id] : []);
  if (config.monthlyBudgetUsd !== undefined) budget(scope, config.monthlyBudgetUsd, group, told);
  const title = scope.fixedName("dashboard", "pipeline");
  const dashboard = new Workbook(
    ...scope.inner("dashboard", {
      ...scope.here,
      // Azure wants a GUID.
      resourceName: scope.within.resourceGroupName.apply((name) => guidOf(`${scope.subscription}/${name}/dashboard`)),
      kind: "shared",
      category: "workbook",
      displayName: title,
      sourceId: watched.insights,
      serializedData: shownOf(watched).apply((shown) => dashboardBody({ title, ...shown })),
    }),
  );
  return interpolate`https://portal.azure.com/#resource${dashboard.id}/workbook`;
}

function shownOf({ namespace, store, insights, endpoint }: Watched) {
  return all([namespace, store, insights, endpoint?.id ?? ""]).apply(([namespace, store, insights, id]) => ({
    namespace,
    store,
    insights,
    endpoint: endpoint && { type: endpoint.type, id },
  }));
}

/** Of the whole resource group: there is nothing else in it. */
function budget(scope: Scope, usd: number, group: ResourceGroup, told: ActionGroup | undefined): void {
  const warn = (thresholdType: "Actual" | "Forecasted", threshold: number) => ({
    enabled: true,
    operator: "GreaterThan",
    thresholdType,
    threshold,
    contactEmails: [],
    // Somebody has to be told.
    ...(told ? { contactGroups: [told.id] } : { contactRoles: ["Owner"] }),
  });
  new Budget(
    ...scope.inner(
      "budget",
      {
        budgetName: "sluice",
        scope: group.id,
        amount: usd,
        category: "Cost",
        timeGrain: "Monthly",
        timePeriod: { startDate: thisMonth(new Date()) },
        notifications: { spent: warn("Actual", 80), expected: warn("Forecasted", 100) },
      },
      // Azure takes no month that is over, so that it is the one of the first deployment, and stays it.
      { ignoreChanges: ["timePeriod"] },
    ),
  );
}

function thisMonth(now: Date): string {
  return `${now.toISOString().slice(0, 7)}-01T00:00:00Z`;
}
