import { AlertPolicy, type AlertPolicyArgs } from "@pulumi/gcp/monitoring";
import type { Input } from "@pulumi/pulumi";
import { type AlarmRule, alarmRules, type Watched } from "./alarm-rules";
import type { Scope } from "./scope";

/** An alarm for each rule, and one that pages: behind, and not by load alone. */
export function alarms(scope: Scope, watched: Watched, channels: Input<string>[]): void {
  const rules = alarmRules(watched);
  const of = (name: string) => rules.find((rule) => rule.name === name)!;
  for (const rule of rules) alarm(scope, rule, channels);
  new AlertPolicy(
    ...scope.inner("pageAlarm", {
      ...shared(scope, "page", channels),
      combiner: "AND",
      conditions: [conditionOf(of("late")), conditionOf(of("errors"))],
      documentation: documentation(
        "The pipeline falls behind because it fails: see the function's log and its errors.",
      ),
      severity: "CRITICAL",
    }),
  );
}

function alarm(scope: Scope, rule: AlarmRule, channels: Input<string>[]): void {
  const { name, description, severity } = rule;
  new AlertPolicy(
    ...scope.inner(
      "alarm",
      {
        ...shared(scope, name, channels),
        combiner: "OR",
        conditions: [conditionOf(rule)],
        documentation: documentation(description),
        severity,
      },
      { part: name },
    ),
  );
}

function shared(scope: Scope, part: string, notificationChannels: Input<string>[]) {
  return {
    displayName: scope.fixedName("alarm", part),
    notificationChannels,
    alertStrategy: { autoClose: "1800s" },
    userLabels: scope.labels,
  };
}

function documentation(content: string) {
  return { content, mimeType: "text/markdown" };
}

function conditionOf({ name, filter, above, align, forSeconds }: AlarmRule): AlertPolicyConditions[number] {
  return {
    displayName: name,
    conditionThreshold: {
      filter,
      comparison: "COMPARISON_GT",
      thresholdValue: above,
      duration: `${forSeconds}s`,
      aggregations: [
        {
          alignmentPeriod: "60s",
          perSeriesAligner: align,
          // Revisions and response codes are series of their own.
          crossSeriesReducer: align === "ALIGN_DELTA" ? "REDUCE_SUM" : "REDUCE_MAX",
        },
      ],
      // No events, no data: that is no alarm. A condition that does not wait takes no such setting, and needs none.
      ...(forSeconds === 0 ? {} : { evaluationMissingData: "EVALUATION_MISSING_DATA_INACTIVE" }),
    },
  };
}

type AlertPolicyConditions = Extract<AlertPolicyArgs["conditions"], readonly unknown[]>;
