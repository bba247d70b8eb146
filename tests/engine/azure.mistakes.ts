import { MODEL, PLACE } from "./azure-stack";
import { type Mistake, refuseAll } from "./mistakes";
import type { Scenario } from "./scenario";

const ENDPOINT = { inference: "endpoint", modelImage: `${MODEL.image}:1`, modelRegistry: MODEL.registry };

const MISTAKES: readonly Mistake[] = [
  {
    title: "no subscription",
    config: { "azure-native:subscriptionId": undefined },
    key: "azure-native:subscriptionId",
    fix: /az account show/,
  },
  {
    title: "bad region",
    config: { "azure-native:location": "westeuorpe" },
    key: "azure-native:location",
    fix: /westeurope/,
  },
  {
    title: "a region as people write it",
    config: { "azure-native:location": "West Europe" },
    key: "azure-native:location",
    fix: /westeurope/,
  },
  { title: "partitions that do not divide", config: { partitions: 12 }, key: "sluice:partitions", fix: /8.*16.*32/ },
  { title: "endpoint without image", config: { inference: "endpoint" }, key: "sluice:modelImage", fix: /image/i },
  {
    title: "an image that is elsewhere",
    config: { ...ENDPOINT, modelImage: "other.azurecr.io/model:1" },
    key: "sluice:modelRegistry",
    fix: /the one that holds the image/,
  },
  {
    title: "no model server at all on Azure ML",
    config: { ...ENDPOINT, endpointType: "azure-ml", endpointMinInstances: 0 },
    key: "sluice:endpointMinInstances",
    fix: /container-app/,
  },
  {
    title: "an endpoint's type without an endpoint",
    config: { endpointType: "azure-ml" },
    key: "sluice:endpointType",
    fix: /inference: endpoint/,
  },
  {
    title: "events that expire before the last attempt",
    config: { retries: 100, maxBackoffSeconds: 3600, retentionHours: 24 },
    key: "sluice:retentionHours",
    fix: /Raise it/,
  },
  {
    title: "more instances at least than at most",
    config: { minInstances: 3, maxInstances: 2 },
    key: "sluice:minInstances",
    fix: /maxInstances/,
  },
  { title: "missing model", config: { model: "models/none.onnx" }, key: "sluice:model", fix: /[Cc]orrect the path/ },
  { title: "misspelt key", config: { retentionHuors: 48 }, key: "sluice:retentionHuors", fix: /retentionHours/ },
  {
    title: "a key of another cloud",
    config: { streamMode: "on-demand" },
    key: "sluice:streamMode",
    fix: /The keys are/,
  },
];

export const scenario: Scenario = {
  cloud: "azure",
  name: "azure mistakes",
  run: (bench) => refuseAll(bench, MISTAKES, PLACE),
};
