import type { Failure } from "../../../check";
import { isObject, type Properties } from "../../../values";
import { at, fail, failIf, isJson, matches, oneOf, type Rule } from "../../rule";
import { seconds } from "./seconds";

const MOST_CONDITIONS = 6;

export const OBSERVE: Readonly<Record<string, Rule>> = {
  "gcp:logging/metric:Metric": (inputs) => [
    matches(inputs["name"], "name", /^[\w./-]{1,100}$/),
    failIf(
      at(inputs, "metricDescriptor.valueType") === "DISTRIBUTION" && inputs["valueExtractor"] === undefined,
      "valueExtractor",
      "a distribution needs a value extractor",
    ),
  ],
  "gcp:logging/projectExclusion:ProjectExclusion": (inputs) => [matches(inputs["name"], "name", /^[\w.-]{1,100}$/)],
  "gcp:monitoring/alertPolicy:AlertPolicy": (inputs) => [
    oneOf(inputs["combiner"], "combiner", ["AND", "AND_WITH_MATCHING_RESOURCE", "OR"]),
    oneOf(inputs["severity"], "severity", ["CRITICAL", "ERROR", "WARNING"]),
    seconds(inputs, "alertStrategy.autoClose", 1800, 604_800),
    ...conditions(inputs["conditions"]),
  ],
  "gcp:monitoring/dashboard:Dashboard": (inputs) => [isJson(inputs["dashboardJson"], "dashboardJson")],
  "gcp:billing/budget:Budget": (inputs) => [
    matches(inputs["billingAccount"], "billingAccount", /^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$/),
  ],
};

function conditions(given: unknown): (Failure | undefined)[] {
  if (!Array.isArray(given)) return [];
  return [
    failIf(given.length > MOST_CONDITIONS, "conditions", `an alert has ${MOST_CONDITIONS} conditions at most`),
    ...given.flatMap((condition, i) =>
      threshold(at(condition, "conditionThreshold"), `conditions[${i}].conditionThreshold`),
    ),
  ];
}

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#metricthreshold */
function threshold(given: unknown, path: string): (Failure | undefined)[] {
  if (!isObject(given)) return [];
  const duration = Number(/^(\d+)s$/.exec(String(given["duration"]))?.[1] ?? Number.NaN);
  return [
    duration % 60 === 0 ? undefined : fail(`${path}.duration`, "duration must be a whole number of minutes"),
    failIf(
      duration < 60 && given["evaluationMissingData"] !== undefined,
      `${path}.evaluationMissingData`,
      "to use evaluation_missing_data, the duration must be greater than or equal to 60 seconds",
    ),
    filter(given, path),
  ];
}

function filter(given: Properties, path: string): Failure | undefined {
  const text = given["filter"];
  if (typeof text !== "string" || !/^[\x20-\x7e]*$/.test(text) || /^[0-9a-f-]{36}$/.test(text)) return undefined;
  return failIf(
    !text.includes("resource.type=") || !text.includes("metric.type="),
    `${path}.filter`,
    "the filter must name a metric type and a resource type",
  );
}
