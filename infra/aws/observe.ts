import { Budget } from "@pulumi/aws/budgets";
import { Dashboard } from "@pulumi/aws/cloudwatch";
import { all, type Input, type Output } from "@pulumi/pulumi";
import type { Watched } from "./alarm-rules";
import { alarms } from "./alarms";
import { dashboardBody } from "./dashboard";
import type { Scope } from "./scope";

export interface ObserveParts {
  pipeline: string;
  /** ARN of the topic that is told. */
  topic: Input<string>;
  watched: Watched;
  /** Where the console is. */
  console: string;
  monthlyBudgetUsd: number | undefined;
}

/** Alarms, dashboard and budget. The dashboard's address comes back. */
export function observe(scope: Scope, parts: ObserveParts): Output<string> {
  const { pipeline, topic, watched, console, monthlyBudgetUsd } = parts;
  alarms(scope, watched, topic);
  if (monthlyBudgetUsd !== undefined) budget(scope, monthlyBudgetUsd, topic);
  const { region } = scope;
  const dashboard = new Dashboard(
    ...scope.inner("dashboard", {
      dashboardName: scope.fixedName("dashboard", "pipeline"),
      dashboardBody: all([watched.function, watched.stream, watched.table, watched.queue, watched.endpoint]).apply(
        ([name, stream, table, queue, endpoint]) =>
          dashboardBody({ region, pipeline, function: name, stream, table, queue, endpoint }),
      ),
    }),
  );
  return dashboard.dashboardName.apply(
    (name) => `https://${region}.${console}/cloudwatch/home?region=${region}#dashboards/dashboard/${name}`,
  );
}

/** The tag that the budget counts by. It must be activated once in the account: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html */
export const COST_TAG = "sluice-stack";

function budget(scope: Scope, usd: number, topic: Input<string>): void {
  const warn = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
    comparisonOperator: "GREATER_THAN",
    notificationType,
    threshold,
    thresholdType: "PERCENTAGE",
    subscriberSnsTopicArns: [topic],
  });
  new Budget(
    ...scope.inner("budget", {
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(usd),
      limitUnit: "USD",
      costFilters: [{ name: "TagKeyValue", values: [`user:${COST_TAG}$${scope.tags[COST_TAG]}`] }],
      notifications: [warn("ACTUAL", 80), warn("FORECASTED", 100)],
      tags: scope.tags,
    }),
  );
}
