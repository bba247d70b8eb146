import * as z from "zod";
import { HOST, RETRY, TIMEOUT_SECONDS } from "../../functions/azure/trigger";
import { commonKeys } from "./common";
import { amount, choice, flag, oneOf, tags, text, wholeNumber } from "./values";

/** Those that instances are spread over evenly, whatever their number: target-based scaling rounds to what divides them. */
const PARTITIONS = [8, 16, 32];
/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
const MOST_THROUGHPUT_UNITS = 40;
/** https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#instance-sizes */
const INSTANCE_MB = [512, 2048, 4096];
const MOST_INSTANCES = 1000;
/** Container Apps gives one CPU with 2 GB, and its parts: https://learn.microsoft.com/azure/container-apps/containers#allocations */
const CONTAINER_MB = [1024, 2048, 4096, 8192];

/** Container Apps and Azure ML pull from it with an identity, which is granted that. */
const IMAGE = /^[a-z0-9]{5,50}\.azurecr\.io\/[a-z0-9][a-z0-9._/-]*(?::[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** As `az acr show --query id` prints it. */
export const REGISTRY_ID =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerRegistry\/registries\/([a-zA-Z0-9]{5,50})$/i;

/** https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations, where it is stricter than ours */
const TAG_NAME = /^(?!microsoft|azure|windows)[^/]{1,128}$/i;

/**
 * Left out are the keys that would do nothing here: the topic of actions takes subscriptions of your own in place of
 * `notifyActions`, and without Application Insights, which `tracing` would switch off, nothing is logged at all.
 */
const { notifyActions, tracing, ...keys } = commonKeys;

/** Keys without a default here get one that depends on others: see `sizeAzure`. */
export const azureConfig = z.strictObject({
  ...keys,
  tags: tags()
    .refine((given) => Object.keys(given).every((name) => TAG_NAME.test(name)), {
      error: "is not a map of tags: a name has no slash and does not begin with microsoft, azure or windows",
    })
    .default({})
    .meta({ description: "Further tags on every resource", example: '{ team: "payments" }' }),
  deletionProtection: flag().default(false).meta({
    description: "Locks the Cosmos account, so that it refuses to be deleted, whoever asks: for production",
    example: "true",
  }),
  forceDestroy: flag().default(false).meta({
    description:
      "`pulumi destroy` deletes archive and dead letters too; otherwise their storage account stays: for trials",
    example: "true",
  }),
  partitions: oneOf(PARTITIONS)
    .default(8)
    .meta({ description: "Partitions of the hub, each read by one instance; they cannot be changed", example: "16" }),
  throughputUnits: wholeNumber(1, MOST_THROUGHPUT_UNITS)
    .default(1)
    .meta({ description: "Throughput units of the hub; each takes 1 MB or 1000 events a second", example: "1" }),
  maxThroughputUnits: wholeNumber(1, MOST_THROUGHPUT_UNITS).optional().meta({
    description: "Throughput units that the hub grows to under load, and does not shrink from; 4",
    example: "4",
  }),
  retentionHours: wholeNumber(1, 168)
    .default(24)
    .meta({ description: "Hours that the hub keeps events", example: "24" }),
  batchSize: wholeNumber(1, 1000)
    .default(HOST.maxEventBatchSize)
    .meta({ description: "Most messages in one invocation", example: "100" }),
  retries: wholeNumber(0, 100)
    .default(RETRY.retries)
    .meta({ description: "Attempts after the first, before a batch becomes dead letters", example: "5" }),
  minBackoffSeconds: wholeNumber(1, 3600)
    .default(RETRY.minBackoffSeconds)
    .meta({ description: "Wait before the second attempt; it doubles from there", example: "10" }),
  maxBackoffSeconds: wholeNumber(1, 3600)
    .default(RETRY.maxBackoffSeconds)
    .meta({ description: "Longest wait between two attempts", example: "300" }),
  timeoutSeconds: wholeNumber(10, 600)
    .default(TIMEOUT_SECONDS)
    .meta({ description: "Longest run of one invocation", example: "60" }),
  memoryMb: oneOf(INSTANCE_MB)
    .optional()
    .meta({ description: "An instance's memory; 2048, the least that every region takes", example: "2048" }),
  minInstances: wholeNumber(0, MOST_INSTANCES)
    .default(0)
    .meta({ description: "Instances kept warm; 0 costs nothing while there are no events", example: "1" }),
  maxInstances: wholeNumber(1, MOST_INSTANCES)
    .default(40)
    .meta({ description: "Most instances; more than partitions are never used", example: "40" }),
  nodeVersion: oneOf([22, 24]).default(22).meta({
    description: "Node of the function; ask your region for 24 first: the app is dead without a word",
    example: "22",
  }),
  archiveBy: choice(["function", "capture"]).optional().meta({
    description: "Who writes the archive; function, or Event Hubs Capture, which costs more than the hub itself",
    example: "function",
  }),
  archiveSeconds: wholeNumber(60, 900)
    .optional()
    .meta({ description: "Longest time until Capture has raw events in the archive; 300", example: "300" }),
  maxRequestUnits: wholeNumber(1000, 1_000_000).optional().meta({
    description:
      "Request units a second, in thousands, that Cosmos DB scales up to; serverless if left out, which a stack cannot change",
    example: "4000",
  }),
  endpointType: choice(["container-app", "azure-ml"]).optional().meta({
    description: "What serves the endpoint; container-app, which costs nothing while idle",
    example: "container-app",
  }),
  modelImage: text(
    IMAGE,
    "an image in a container registry of Azure, as in myregistry.azurecr.io/sluice-model-server:1",
  )
    .optional()
    .meta({
      description: "The endpoint's image, with the model in it",
      example: "myregistry.azurecr.io/sluice-model-server:1",
    }),
  modelRegistry: text(REGISTRY_ID, "the id of a container registry, as `az acr show --query id` prints it")
    .optional()
    .meta({
      description: "Id of the image's registry, where the endpoint is granted to pull",
      example:
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/models/providers/Microsoft.ContainerRegistry/registries/myregistry",
    }),
  endpointMinInstances: wholeNumber(0, MOST_INSTANCES)
    .optional()
    .meta({ description: "Model servers kept warm; 0, or 1 on Azure ML, which has no less", example: "1" }),
  endpointMaxInstances: wholeNumber(1, MOST_INSTANCES)
    .optional()
    .meta({ description: "Most model servers; 10, or 2 on Azure ML", example: "4" }),
  endpointConcurrency: wholeNumber(1, 100)
    .optional()
    .meta({ description: "Requests that one model server takes at a time; 20", example: "20" }),
  endpointMemoryMb: oneOf(CONTAINER_MB).optional().meta({
    description: "Memory of a model server on Container Apps; 2048, which goes with one CPU",
    example: "2048",
  }),
  endpointMachine: text(/^Standard_[A-Za-z0-9_-]{2,40}$/, "a machine type, as in Standard_DS2_v2")
    .optional()
    .meta({ description: "Machine of a model server on Azure ML; Standard_DS2_v2", example: "Standard_DS2_v2" }),
  logRetentionDays: wholeNumber(30, 730).default(30).meta({ description: "Days that logs are kept", example: "30" }),
  dailyLogGb: amount(0.1).default(1).meta({
    description: "Most logs of a day; the rest of the day is not logged, and alarms see nothing of it",
    example: "1",
  }),
});

export type AzureConfig = z.output<typeof azureConfig>;
