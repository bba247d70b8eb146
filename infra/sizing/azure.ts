import { HOST, MEMORY_MB } from "../../functions/azure/trigger";
import type { ConfigError } from "../../shared/errors";
import { type AzureConfig, REGISTRY_ID } from "../config/azure";
import {
  backoffRule,
  eventRule,
  imageRule,
  inProcessRules,
  instancesRule,
  modelServers,
  modelServersRule,
  protectionRule,
} from "./common";
import { type Demands, mistakesIn, type Rule as RuleOf } from "./rules";

/** What follows from a configuration, with every default filled in. */
export interface AzureSizing {
  memoryMb: number;
  /** Messages that the host reads ahead of each partition. */
  prefetch: number;
  /** The same as `throughputUnits`: the hub does not grow. */
  maxThroughputUnits: number;
  /** Undefined: nobody. */
  archiveBy: "function" | "capture" | undefined;
  model: ContainerAppSizing | AzureMlSizing | undefined;
}

export interface ContainerAppSizing {
  type: "container-app";
  minInstances: number;
  maxInstances: number;
  concurrency: number;
  memoryMb: number;
}

export interface AzureMlSizing {
  type: "azure-ml";
  minInstances: number;
  maxInstances: number;
  concurrency: number;
  machine: string;
}

/** The host alone has some 200 MB, and onnxruntime 93 before the first model. */
const LEAST_IN_PROCESS_MB = 2048;

/** Longest wait of Azure ML for an answer: https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas */
const AZURE_ML_SECONDS = 180;

/** A message of Event Hubs holds 1 MiB, properties and envelope included. */
const EVENT_BYTES = 1_000_000;

export function sizeAzure(config: AzureConfig): AzureSizing {
  return {
    memoryMb: config.memoryMb ?? MEMORY_MB[config.inference],
    prefetch: Math.max(HOST.prefetchCount, config.batchSize),
    maxThroughputUnits: config.maxThroughputUnits ?? Math.max(4, config.throughputUnits),
    archiveBy: config.archive ? (config.archiveBy ?? "function") : undefined,
    model: config.inference === "endpoint" ? sizeModel(config) : undefined,
  };
}

function sizeModel(config: AzureConfig): ContainerAppSizing | AzureMlSizing {
  const { endpointType: type = "container-app" } = config;
  const concurrency = config.endpointConcurrency ?? 20;
  if (type === "azure-ml")
    return {
      type,
      ...modelServers(config, { min: 1, max: 2 }),
      concurrency,
      machine: config.endpointMachine ?? "Standard_DS2_v2",
    };
  return {
    type,
    ...modelServers(config, { min: 0, max: 10 }),
    concurrency,
    memoryMb: config.endpointMemoryMb ?? 2048,
  };
}

/** Everything that a service would refuse, or would take and then lose or stall events. */
export function checkAzure(config: AzureConfig, demands: Demands): ConfigError[] {
  const sizing = sizeAzure(config);
  return mistakesIn([
    ...deliveryRules(config),
    ...capacityRules(config, sizing),
    ...(sizing.model
      ? endpointRules(config, sizing.model)
      : inProcessRules(config, ENDPOINT_KEYS, sizing.memoryMb, LEAST_IN_PROCESS_MB)),
    ...stackRules(config, sizing, demands),
  ]);
}

type Rule = RuleOf<AzureConfig>;

function deliveryRules(config: AzureConfig): Rule[] {
  const { retentionHours } = config;
  const hours = Math.ceil(longestDelivery(config) / 3600);
  return [
    backoffRule(config),
    [
      hours > retentionHours,
      "retentionHours",
      `${retentionHours} is over before the ${hours} hours that all attempts of a batch may take: events behind it would expire unread.`,
      `Raise it to ${hours} at least, or lower \`retries\` or \`maxBackoffSeconds\`.`,
    ],
  ];
}

/** All attempts and the waits between them, seconds. Nothing else of the partition is read meanwhile. */
function longestDelivery({ retries, minBackoffSeconds, maxBackoffSeconds, timeoutSeconds }: AzureConfig): number {
  const waits = Array.from({ length: retries }, (_, retry) =>
    Math.min(minBackoffSeconds * 2 ** retry, maxBackoffSeconds),
  );
  return waits.reduce((sum, wait) => sum + wait, (retries + 1) * timeoutSeconds);
}

function capacityRules(config: AzureConfig, { maxThroughputUnits }: AzureSizing): Rule[] {
  const { throughputUnits, minInstances, partitions, maxRequestUnits } = config;
  return [
    [
      maxThroughputUnits < throughputUnits,
      "maxThroughputUnits",
      `${maxThroughputUnits} is below \`throughputUnits\` of ${throughputUnits}.`,
      "Raise it.",
    ],
    instancesRule(config),
    [
      minInstances > partitions,
      "minInstances",
      `${minInstances} is more than the ${partitions} partitions: the rest would have nothing to read.`,
      `Lower it to ${partitions} at most.`,
    ],
    [
      (maxRequestUnits ?? 0) % 1000 !== 0,
      "maxRequestUnits",
      `${maxRequestUnits} is not in whole thousands.`,
      `Write ${Math.ceil((maxRequestUnits ?? 0) / 1000) * 1000}.`,
    ],
  ];
}

function endpointRules(config: AzureConfig, model: ContainerAppSizing | AzureMlSizing): Rule[] {
  const { endpointMachine, endpointMemoryMb, timeoutSeconds, partitions } = config;
  const isAzureMl = model.type === "azure-ml";
  const atOnce = model.maxInstances * model.concurrency;
  return [
    ...imageRules(config),
    [
      isAzureMl && model.minInstances < 1,
      "endpointMinInstances",
      "Azure ML keeps one model server at least.",
      "Set it to 1, or `endpointType: container-app`, which goes down to none.",
    ],
    modelServersRule(model),
    [
      atOnce < partitions,
      "endpointMaxInstances",
      `${model.maxInstances} x \`endpointConcurrency\` ${model.concurrency} takes ${atOnce} requests at a time, and the hub has ${partitions} partitions: the rest would be refused.`,
      `Raise it to ${Math.ceil(partitions / model.concurrency)} at least, or raise \`endpointConcurrency\`.`,
    ],
    [
      isAzureMl && endpointMemoryMb !== undefined,
      "endpointMemoryMb",
      "on Azure ML the machine decides.",
      "Remove it, or set `endpointMachine`.",
    ],
    [
      isAzureMl && timeoutSeconds > AZURE_ML_SECONDS,
      "timeoutSeconds",
      `${timeoutSeconds} is more than the ${AZURE_ML_SECONDS} seconds that Azure ML waits for an answer.`,
      "Lower it.",
    ],
    [
      !isAzureMl && endpointMachine !== undefined,
      "endpointMachine",
      "Container Apps has no machine types.",
      "Remove it, or set `endpointType: azure-ml`.",
    ],
  ];
}

function imageRules({ modelImage, modelRegistry }: AzureConfig): Rule[] {
  const [, , registry = ""] = REGISTRY_ID.exec(modelRegistry ?? "") ?? [];
  return [
    imageRule({ modelImage }),
    [
      modelRegistry === undefined,
      "modelRegistry",
      "an endpoint has to be granted to pull its image.",
      "Write what `az acr show --name <registry> --query id` prints.",
    ],
    [
      modelImage !== undefined &&
        modelRegistry !== undefined &&
        !modelImage.startsWith(`${registry.toLowerCase()}.azurecr.io/`),
      "modelRegistry",
      `${JSON.stringify(registry)} is not the registry of ${JSON.stringify(modelImage)}.`,
      "Write the id of the one that holds the image.",
    ],
  ];
}

/** Keys that would do nothing: whoever set them believes that there is an endpoint. */
const ENDPOINT_KEYS = [
  "endpointType",
  "modelImage",
  "modelRegistry",
  "endpointMinInstances",
  "endpointMaxInstances",
  "endpointConcurrency",
  "endpointMemoryMb",
  "endpointMachine",
] as const;

function stackRules(config: AzureConfig, { archiveBy }: AzureSizing, demands: Demands): Rule[] {
  const { archive, archiveSeconds } = config;
  return [
    protectionRule(config),
    [
      !archive && config.archiveBy !== undefined,
      "archiveBy",
      "nothing is archived.",
      "Remove it, or set `archive: true`.",
    ],
    [
      archiveBy !== "capture" && archiveSeconds !== undefined,
      "archiveSeconds",
      "only Capture waits: the function archives each batch at once.",
      "Remove it, or set `archiveBy: capture`.",
    ],
    eventRule(demands, EVENT_BYTES, "a message of Event Hubs", "a blob"),
  ];
}
