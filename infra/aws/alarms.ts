import { CompositeAlarm, MetricAlarm } from "@pulumi/aws/cloudwatch";
import { type Input, interpolate } from "@pulumi/pulumi";
import { type AlarmRule, alarmRules, type Watched } from "./alarm-rules";
import type { Scope } from "./scope";

/** An alarm for each rule, and one that pages: behind, and not by load alone. */
export function alarms(scope: Scope, watched: Watched, topic: Input<string>): void {
  const made = new Map(alarmRules(watched).map((rule) => [rule.name, alarm(scope, rule, topic)]));
  const ringing = (name: string) => interpolate`ALARM("${made.get(name)!.name}")`;
  new CompositeAlarm(
    ...scope.inner("pageAlarm", {
      alarmName: scope.fixedName("alarm", "page"),
      alarmDescription: "The pipeline falls behind because it fails: see the function's log and its errors.",
      alarmRule: interpolate`${ringing("late")} AND (${ringing("errors")} OR ${ringing("throttles")})`,
      alarmActions: [topic],
      okActions: [topic],
      tags: scope.tags,
    }),
  );
}

function alarm(scope: Scope, rule: AlarmRule, topic: Input<string>): MetricAlarm {
  const { name, description, namespace, metric, above, statistic = "Sum", dimensions } = rule;
  return new MetricAlarm(
    ...scope.inner(
      "alarm",
      {
        alarmDescription: description,
        namespace,
        metricName: metric,
        dimensions,
        ...(statistic === "p99" ? { extendedStatistic: statistic } : { statistic }),
        comparisonOperator: "GreaterThanThreshold",
        threshold: above,
        period: 60,
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
        // No events, no data: that is no alarm.
        treatMissingData: "notBreaching",
        alarmActions: [topic],
        okActions: [topic],
        tags: scope.tags,
      },
      { part: name },
    ),
  );
}
