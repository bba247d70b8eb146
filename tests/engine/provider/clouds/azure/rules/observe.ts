import type { Failure } from "../../../check";
import { isObject, type Properties } from "../../../values";
import { at, between, fail, failIf, isJson, matches, oneOf, type Rule } from "../../rule";

/** https://learn.microsoft.com/rest/api/monitor/metric-alerts and scheduled-query-rules */
const METRIC_FREQUENCIES = ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H"];
const METRIC_WINDOWS = [...METRIC_FREQUENCIES, "PT6H", "PT12H", "P1D"];
const QUERY_FREQUENCIES = ["PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT3H", "PT4H", "PT5H"];
const QUERY_WINDOWS = [...QUERY_FREQUENCIES, "PT6H", "P1D", "P2D"];
const AGGREGATIONS = ["Average", "Count", "Maximum", "Minimum", "Total"];

export const OBSERVE: Readonly<Record<string, Rule>> = {
  "azure-native:applicationinsights:Workbook": (inputs) => [isJson(inputs["serializedData"], "serializedData")],
  "azure-native:consumption:Budget": (inputs) => [
    failIf(Number(inputs["amount"]) <= 0, "amount", "a budget is more than nothing"),
    oneOf(inputs["timeGrain"], "timeGrain", [
      ...["Annually", "BillingAnnual", "BillingMonth", "BillingQuarter", "Monthly", "Quarterly"],
    ]),
    // Start date must be the first of a month.
    matches(at(inputs, "timePeriod.startDate"), "timePeriod.startDate", /^\d{4}-\d{2}-01T00:00:00(?:\.0+)?Z$/),
    ...notifications(inputs["notifications"]),
  ],
  "azure-native:monitor:ActionGroup": (inputs) => [
    matches(inputs["groupShortName"], "groupShortName", /^.{1,12}$/),
    oneOf(inputs["location"], "location", ["Global", "global"]),
  ],
  "azure-native:monitor:AutoscaleSetting": (inputs) => profiles(inputs["profiles"]),
  "azure-native:monitor:MetricAlert": (inputs) => [
    oneOf(inputs["location"], "location", ["Global", "global"]),
    oneOf(inputs["evaluationFrequency"], "evaluationFrequency", METRIC_FREQUENCIES),
    oneOf(inputs["windowSize"], "windowSize", METRIC_WINDOWS),
    between(inputs["severity"], "severity", 0, 4),
    ...conditions(at(inputs, "criteria.allOf"), AGGREGATIONS),
  ],
  "azure-native:monitor:ScheduledQueryRule": (inputs) => [
    oneOf(inputs["evaluationFrequency"], "evaluationFrequency", QUERY_FREQUENCIES),
    oneOf(inputs["windowSize"], "windowSize", QUERY_WINDOWS),
    between(inputs["severity"], "severity", 0, 4),
    ...conditions(at(inputs, "criteria.allOf"), AGGREGATIONS),
    ...failingPeriods(at(inputs, "criteria.allOf")),
  ],
  "azure-native:operationalinsights:Workspace": (inputs) => [
    oneOf(at(inputs, "sku.name"), "sku.name", ["CapacityReservation", "PerGB2018"]),
    between(inputs["retentionInDays"], "retentionInDays", 30, 730),
  ],
};

function notifications(given: unknown): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  return [
    failIf(Object.keys(given).length > 5, "notifications", "a budget has five notifications at most"),
    ...Object.entries(given).flatMap(([name, notification]) => [
      between(at(notification, "threshold"), `notifications.${name}.threshold`, 0, 1000),
      oneOf(at(notification, "thresholdType"), `notifications.${name}.thresholdType`, ["Actual", "Forecasted"]),
    ]),
  ];
}

/** What both kinds of alerts have: at least one condition, each compared and put together in a known way. */
function conditions(given: unknown, aggregations: readonly string[]): (Failure | undefined)[] {
  if (!Array.isArray(given) || given.length === 0) return [fail("criteria.allOf", "an alert needs a condition")];
  return given.flatMap((condition: Properties, i) => [
    oneOf(condition["timeAggregation"], `criteria.allOf[${i}].timeAggregation`, aggregations),
    oneOf(condition["operator"], `criteria.allOf[${i}].operator`, [
      ...["Equals", "GreaterOrLessThan", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"],
    ]),
  ]);
}

function failingPeriods(given: unknown): (Failure | undefined)[] {
  if (!Array.isArray(given)) return [];
  return given.map((condition: Properties, i) => {
    const all = Number(at(condition, "failingPeriods.numberOfEvaluationPeriods") ?? 1);
    const failing = Number(at(condition, "failingPeriods.minFailingPeriodsToAlert") ?? 1);
    return failIf(
      failing > all || all > 6,
      `criteria.allOf[${i}].failingPeriods`,
      `${failing} of ${all} periods: no more than there are, and six at most`,
    );
  });
}

function profiles(given: unknown): (Failure | undefined)[] {
  if (!Array.isArray(given)) return [];
  return given.map((profile: Properties, i) => {
    const count = (name: string) => Number(at(profile, `capacity.${name}`));
    const isInOrder = count("minimum") <= count("default") && count("default") <= count("maximum");
    return failIf(!isInOrder, `profiles[${i}].capacity`, "minimum, default and maximum are not in order");
  });
}
