import { describe, expect, it } from "@jest/globals";
import { UNKNOWN } from "../../engine/provider/values";
import { APP, DEPLOYMENT, failuresFor, PLAN } from "./azure-parts";

const ALERT = "azure-native:monitor:MetricAlert";
const BUDGET = "azure-native:consumption:Budget";
const ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint";
const ENVIRONMENT = "azure-native:app:ManagedEnvironment";
const QUERY = "azure-native:monitor:ScheduledQueryRule";
const SERVICE = "azure-native:app:ContainerApp";
const SETTINGS = "azure-native:web:WebAppApplicationSettings";
const WORKBOOK = "azure-native:applicationinsights:Workbook";

const within = { resourceGroupName: "g" };

const failures = failuresFor();

const app = (inputs: object, config: object = {}) => ({
  ...within,
  kind: "functionapp,linux",
  functionAppConfig: { runtime: { name: "node", version: "22" }, ...config },
  ...inputs,
});
const scale = (scaleAndConcurrency: object) => app({}, { scaleAndConcurrency });
const inScale = (property: string) => `functionAppConfig.scaleAndConcurrency.${property}`;
const service = (template: object) => ({ ...within, containerAppName: "model", template });
const server = (container: object) => service({ containers: [{ image: "r.azurecr.io/model:1", ...container }] });
const inServer = (property: string) => `template.containers[0].${property}`;
const deployment = (properties: object, inputs: object = {}) => ({
  ...within,
  workspaceName: "w",
  endpointName: "model",
  deploymentName: "blue",
  properties: { endpointComputeType: "Managed", instanceType: "Standard_DS2_v2", ...properties },
  ...inputs,
});
const alert = (inputs: object, condition: object = {}) => ({
  ...within,
  location: "global",
  enabled: true,
  severity: 2,
  scopes: ["/"],
  evaluationFrequency: "PT5M",
  windowSize: "PT15M",
  criteria: {
    odataType: "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
    allOf: [
      {
        criterionType: "StaticThresholdCriterion",
        name: "c",
        metricName: "m",
        operator: "GreaterThan",
        threshold: 0,
        timeAggregation: "Total",
        ...condition,
      },
    ],
  },
  ...inputs,
});
const query = (failingPeriods: object) => ({
  ...within,
  scopes: ["/"],
  criteria: { allOf: [{ operator: "GreaterThan", timeAggregation: "Count", failingPeriods }] },
});
const budget = (startDate: string) => ({
  scope: "/subscriptions/s",
  amount: 50,
  category: "Cost",
  timeGrain: "Monthly",
  timePeriod: { startDate },
});

describe("Azure refuses in the inputs of apps, models and alarms", () => {
  it.each<[string, string, Record<string, unknown>, string[]]>([
    [
      "a version of .NET, which the SDK adds",
      APP,
      app({ siteConfig: { netFrameworkVersion: "v4.6" } }),
      ["siteConfig.netFrameworkVersion"],
    ],
    [
      "an app without a configuration of functions",
      APP,
      { ...within, kind: "functionapp,linux" },
      ["functionAppConfig"],
    ],
    [
      "a runtime that nobody starts",
      APP,
      app({}, { runtime: { name: "node", version: "~22" } }),
      ["functionAppConfig.runtime.version"],
    ],
    ["a size that does not exist", APP, scale({ instanceMemoryMB: 1024 }), [inScale("instanceMemoryMB")]],
    [
      "more that is always ready than there may be",
      APP,
      scale({ maximumInstanceCount: 1, alwaysReady: [{ name: "function:process", instanceCount: 2 }] }),
      [inScale("alwaysReady")],
    ],
    [
      "a function that is ready under its bare name",
      APP,
      scale({ maximumInstanceCount: 2, alwaysReady: [{ name: "process", instanceCount: 1 }] }),
      [inScale("alwaysReady[0].name")],
    ],
    [
      "a setting of other plans",
      SETTINGS,
      { ...within, name: "app", properties: { FUNCTIONS_WORKER_RUNTIME: "node" } },
      ["properties.FUNCTIONS_WORKER_RUNTIME"],
    ],
    [
      "a setting with a colon, which Linux does not take",
      SETTINGS,
      { ...within, name: "app", properties: { "a:b": "1" } },
      ["properties.a:b"],
    ],
    ["a plan on Windows", PLAN, { ...within, sku: { name: "FC1", tier: "FlexConsumption" } }, ["reserved"]],

    ["an odd share of a CPU", SERVICE, server({ resources: { cpu: 0.3, memory: "0.6Gi" } }), [inServer("resources")]],
    [
      "two minutes of failing starts",
      SERVICE,
      server({ probes: [{ type: "Startup", periodSeconds: 1, failureThreshold: 120 }] }),
      [inServer("probes[0].failureThreshold")],
    ],
    ["an image from nowhere", SERVICE, service({ containers: [{ image: "model" }] }), [inServer("image")]],
    [
      "more replicas at least than at most",
      SERVICE,
      service({ scale: { minReplicas: 2, maxReplicas: 1 } }),
      ["template.scale.minReplicas"],
    ],
    [
      "an environment without a way in, and without a network",
      ENVIRONMENT,
      { ...within, vnetConfiguration: { internal: true } },
      ["vnetConfiguration.internal"],
    ],
    [
      "traffic for what is not there yet",
      ENDPOINT,
      {
        ...within,
        workspaceName: "w",
        endpointName: "model",
        identity: { type: "SystemAssigned" },
        properties: { authMode: "AADToken", traffic: { blue: 100 } },
      },
      ["properties.traffic"],
    ],
    [
      "a deployment of no machine",
      DEPLOYMENT,
      deployment({}, { sku: { name: "Default", capacity: 0 } }),
      ["sku.capacity"],
    ],
    [
      "an answer after four minutes",
      DEPLOYMENT,
      deployment({ requestSettings: { requestTimeout: "PT4M" } }),
      ["properties.requestSettings.requestTimeout"],
    ],

    ["an alarm every two minutes", ALERT, alert({ evaluationFrequency: "PT2M" }), ["evaluationFrequency"]],
    [
      "an alarm on a sum by another name",
      ALERT,
      alert({}, { timeAggregation: "Sum" }),
      ["criteria.allOf[0].timeAggregation"],
    ],
    [
      "three of two periods",
      QUERY,
      query({ numberOfEvaluationPeriods: 2, minFailingPeriodsToAlert: 3 }),
      ["criteria.allOf[0].failingPeriods"],
    ],
    ["a budget from the middle of a month", BUDGET, budget("2026-11-22T00:00:00Z"), ["timePeriod.startDate"]],
    ["a dashboard that is not JSON", WORKBOOK, { ...within, ...workbook(), serializedData: "{" }, ["serializedData"]],
  ])("%s", (_, type, inputs, expected) => {
    expect(failures(type, inputs)).toEqual(expected);
  });

  it.each<[string, Record<string, unknown>]>([
    [APP, scale({ instanceMemoryMB: 2048, maximumInstanceCount: 40 })],
    [SERVICE, server({ image: UNKNOWN, resources: { cpu: 0.5, memory: "1Gi" } })],
    [
      DEPLOYMENT,
      deployment({ requestSettings: { requestTimeout: "PT1M30S" } }, { sku: { name: "Default", capacity: 1 } }),
    ],
    [ALERT, alert({})],
    [BUDGET, budget("2026-11-01T00:00:00Z")],
  ])("nothing of %s that is right or not known yet", (type, inputs) => {
    expect(failures(type, inputs)).toEqual([]);
  });
});

function workbook() {
  return {
    category: "workbook",
    displayName: "d",
    kind: "shared",
    serializedData: "{}",
    resourceName: "3d0b1d5e-0000-4000-8000-000000000001",
  };
}
