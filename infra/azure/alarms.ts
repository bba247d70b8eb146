import { MetricAlert, ScheduledQueryRule } from "@pulumi/azure-native/monitor";
import type { Input } from "@pulumi/pulumi";
import { type Condition, type LogRule, logRules, type MetricRule, metricRules, type Watched } from "./alarm-rules";
import type { Scope } from "./scope";

/** @param groups ids of those who are told. */
export function alarms(scope: Scope, watched: Watched, groups: Input<string>[]): void {
  for (const rule of metricRules(watched)) metricAlarm(scope, rule, groups);
  for (const rule of logRules(watched)) logAlarm(scope, rule, groups);
}

function metricAlarm(scope: Scope, rule: MetricRule, groups: Input<string>[]): void {
  const { name, description, severity, on, all, minutes } = rule;
  new MetricAlert(
    ...scope.inner(
      "metricAlarm",
      {
        ...scope.within,
        location: "global",
        tags: scope.tags,
        description,
        severity,
        enabled: true,
        scopes: [on],
        evaluationFrequency: minutes === 5 ? "PT1M" : "PT5M",
        windowSize: `PT${minutes}M`,
        autoMitigate: true,
        criteria: {
          odataType: "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
          allOf: all.map(criterion),
        },
        actions: groups.map((actionGroupId) => ({ actionGroupId })),
      },
      { part: name },
    ),
  );
}

function criterion({ namespace, metric, is, than, aggregation, where }: Condition) {
  return {
    criterionType: "StaticThresholdCriterion" as const,
    name: metric,
    metricNamespace: namespace,
    metricName: metric,
    operator: is,
    threshold: than,
    timeAggregation: aggregation,
    ...(where && { dimensions: [{ name: where.name, operator: "Include", values: where.values }] }),
    // A resource that is new has not measured anything yet.
    skipMetricValidation: true,
  };
}

function logAlarm(scope: Scope, rule: LogRule, groups: Input<string>[]): void {
  const { name, description, severity, on, query, minutes, times } = rule;
  new ScheduledQueryRule(
    ...scope.inner(
      "logAlarm",
      {
        ...scope.here,
        kind: "LogAlert",
        displayName: name,
        description,
        severity,
        enabled: true,
        scopes: [on],
        evaluationFrequency: "PT5M",
        windowSize: `PT${minutes}M`,
        autoMitigate: true,
        // A new workspace has no tables yet.
        skipQueryValidation: true,
        criteria: {
          allOf: [
            {
              query,
              timeAggregation: "Count",
              operator: "GreaterThan",
              threshold: 0,
              failingPeriods: { numberOfEvaluationPeriods: times, minFailingPeriodsToAlert: times },
            },
          ],
        },
        actions: { actionGroups: groups },
      },
      { part: name },
    ),
  );
}
