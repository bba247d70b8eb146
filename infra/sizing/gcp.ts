import { MEMORY_MB } from "../../functions/gcp/push";
import type { ConfigError } from "../../shared/errors";
import type { GcpConfig } from "../config/gcp";
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
export interface GcpSizing {
  memoryMb: number;
  /** First attempt and retries, as Pub/Sub counts. */
  deliveryAttempts: number;
  model: CloudRunSizing | VertexSizing | undefined;
}

export interface CloudRunSizing {
  type: "cloud-run";
  minInstances: number;
  maxInstances: number;
  concurrency: number;
  memoryMb: number;
}

export interface VertexSizing {
  type: "vertex";
  minInstances: number;
  maxInstances: number;
  machine: string;
}

/** Between the end of a request's time and the answer's arrival at Pub/Sub. */
const MARGIN_SECONDS = 10;

/** functions-framework takes 225 MB and onnxruntime 93 before the first model. */
const LEAST_IN_PROCESS_MB = 512;

/** While instances start, messages are refused, and a refusal counts as an attempt. With fewer, a burst makes dead letters of good messages. */
const LEAST_ATTEMPTS = 10;

/** Fewer at a time, and Pub/Sub, which starts with many pushes, is refused as a rule. */
const LEAST_AT_A_TIME = 20;

/**
 * A request to Pub/Sub holds 10 MB (https://cloud.google.com/pubsub/quotas), and a dead letter goes there with its event in
 * base64, all of it in base64 once more.
 */
const EVENT_BYTES = 5 * 1024 * 1024;

/** Most memory, and least, that so much CPU goes with: https://cloud.google.com/run/docs/configuring/services/memory-limits */
const MEMORY_OF_CPU: ReadonlyMap<number, { least: number; most: number }> = new Map([
  [0.25, { least: 128, most: 512 }],
  [0.5, { least: 128, most: 512 }],
  [1, { least: 128, most: 4096 }],
  [2, { least: 128, most: 8192 }],
  [4, { least: 2048, most: 16_384 }],
  [6, { least: 4096, most: 24_576 }],
  [8, { least: 4096, most: 32_768 }],
]);

export function sizeGcp(config: GcpConfig): GcpSizing {
  return {
    memoryMb: config.memoryMb ?? MEMORY_MB[config.inference],
    deliveryAttempts: config.retries + 1,
    model: config.inference === "endpoint" ? sizeModel(config) : undefined,
  };
}

function sizeModel(config: GcpConfig): CloudRunSizing | VertexSizing {
  const { endpointType: type = "cloud-run" } = config;
  if (type === "vertex")
    return {
      type,
      ...modelServers(config, { min: 1, max: 2 }),
      machine: config.endpointMachine ?? "n1-standard-2",
    };
  return {
    type,
    ...modelServers(config, { min: 0, max: 10 }),
    concurrency: config.endpointConcurrency ?? 20,
    memoryMb: config.endpointMemoryMb ?? 1024,
  };
}

/** Everything that a service would refuse, or would take and then lose or stall events. */
export function checkGcp(config: GcpConfig, region: string, demands: Demands): ConfigError[] {
  const sizing = sizeGcp(config);
  return mistakesIn([
    ...deliveryRules(config),
    ...instanceRules(config, sizing),
    ...(sizing.model
      ? endpointRules(config, sizing.model, region)
      : inProcessRules(config, ENDPOINT_KEYS, sizing.memoryMb, LEAST_IN_PROCESS_MB)),
    ...stackRules(config, demands),
  ]);
}

type Rule = RuleOf<GcpConfig>;

function deliveryRules(config: GcpConfig): Rule[] {
  const { timeoutSeconds, ackDeadlineSeconds, retries, minBackoffSeconds } = config;
  return [
    [
      timeoutSeconds + MARGIN_SECONDS > ackDeadlineSeconds,
      "ackDeadlineSeconds",
      `${ackDeadlineSeconds} is less than ${MARGIN_SECONDS} seconds above \`timeoutSeconds\` of ${timeoutSeconds}: messages would be sent again while they are worked on.`,
      `Raise it to ${timeoutSeconds + MARGIN_SECONDS} at least, or lower \`timeoutSeconds\`.`,
    ],
    [
      retries + 1 < LEAST_ATTEMPTS,
      "retries",
      `${retries} makes dead letters of good messages: each one that is refused while instances start counts as an attempt.`,
      `Raise it to ${LEAST_ATTEMPTS - 1} at least.`,
    ],
    [
      minBackoffSeconds < 10,
      "minBackoffSeconds",
      `${minBackoffSeconds} uses up all attempts within a short failure of a service.`,
      "Raise it to 10 at least.",
    ],
    backoffRule(config),
  ];
}

function instanceRules(config: GcpConfig, { memoryMb }: GcpSizing): Rule[] {
  const { concurrency, cpu, maxInstances } = config;
  const memory = MEMORY_OF_CPU.get(cpu)!;
  return [
    [
      concurrency > 1 && cpu < 1,
      "cpu",
      `${cpu} takes one message at a time, and \`concurrency\` is ${concurrency}.`,
      "Raise it to 1 at least, or set `concurrency` to 1.",
    ],
    [
      memoryMb > memory.most || memoryMb < memory.least,
      config.memoryMb === undefined ? "cpu" : "memoryMb",
      `${memoryMb} MB does not go with ${cpu} CPU, which takes ${memory.least} to ${memory.most} MB.`,
      "Change `memoryMb` or `cpu`.",
    ],
    instancesRule(config),
    [
      maxInstances * concurrency < LEAST_AT_A_TIME,
      "maxInstances",
      `${maxInstances} x \`concurrency\` ${concurrency} takes ${maxInstances * concurrency} messages at a time: the rest would be refused, and each refusal is an attempt.`,
      `Raise it to ${Math.ceil(LEAST_AT_A_TIME / concurrency)} at least, or raise \`concurrency\`.`,
    ],
  ];
}

function endpointRules(config: GcpConfig, model: CloudRunSizing | VertexSizing, region: string): Rule[] {
  const { modelImage, endpointMachine, endpointMemoryMb, endpointConcurrency } = config;
  const isVertex = model.type === "vertex";
  return [
    imageRule(config),
    [
      isVertex && modelImage !== undefined && !isNear(modelImage, region),
      "modelImage",
      `${JSON.stringify(modelImage)} is not in ${region}, and Vertex AI pulls from its own region or continent alone.`,
      "Push the image there, or change `gcp:region`.",
    ],
    [
      isVertex && model.minInstances < 1,
      "endpointMinInstances",
      "Vertex AI keeps one model server at least.",
      "Set it to 1, or `endpointType: cloud-run`, which goes down to none.",
    ],
    modelServersRule(model),
    [
      isVertex && endpointMemoryMb !== undefined,
      "endpointMemoryMb",
      "on Vertex AI the machine decides.",
      "Remove it, or set `endpointMachine`.",
    ],
    [
      isVertex && endpointConcurrency !== undefined,
      "endpointConcurrency",
      "Vertex AI has no such limit.",
      "Remove it, or set `endpointType: cloud-run`.",
    ],
    [
      !isVertex && endpointMachine !== undefined,
      "endpointMachine",
      "Cloud Run has no machine types.",
      "Remove it, or set `endpointType: vertex`.",
    ],
    [
      model.type === "cloud-run" && model.memoryMb > MEMORY_OF_CPU.get(1)!.most,
      "endpointMemoryMb",
      `${endpointMemoryMb} MB does not go with a model server's one CPU, which takes ${MEMORY_OF_CPU.get(1)!.most} MB at most.`,
      "Lower it, or set `endpointType: vertex` and a larger `endpointMachine`.",
    ],
  ];
}

/** `europe-docker.pkg.dev` serves all of Europe: https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements */
function isNear(image: string, region: string): boolean {
  const place = image.slice(0, image.indexOf("-docker.pkg.dev"));
  return place === region || (["us", "europe", "asia"].includes(place) && region.startsWith(place));
}

/** Keys that would do nothing: whoever set them believes that there is an endpoint. */
const ENDPOINT_KEYS = [
  "endpointType",
  "modelImage",
  "endpointMinInstances",
  "endpointMaxInstances",
  "endpointConcurrency",
  "endpointMemoryMb",
  "endpointMachine",
] as const;

function stackRules(config: GcpConfig, demands: Demands): Rule[] {
  const { bigquery, bigqueryDays, monthlyBudgetUsd, billingAccount } = config;
  return [
    protectionRule(config),
    [
      !bigquery && bigqueryDays !== undefined,
      "bigqueryDays",
      "there is no BigQuery table.",
      "Remove it, or set `bigquery: true`.",
    ],
    [
      monthlyBudgetUsd !== undefined && billingAccount === undefined,
      "billingAccount",
      "a budget needs it.",
      "Write the one that `gcloud billing projects describe` shows, or remove `monthlyBudgetUsd`.",
    ],
    [
      monthlyBudgetUsd === undefined && billingAccount !== undefined,
      "billingAccount",
      "only a budget needs it.",
      "Remove it, or set `monthlyBudgetUsd`.",
    ],
    eventRule(demands, EVENT_BYTES, "a dead letter in Pub/Sub", "a bucket"),
  ];
}
