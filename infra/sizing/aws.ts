import { MAPPING, MEMORY_MB } from "../../functions/aws/mapping";
import type { ConfigError } from "../../shared/errors";
import type { AwsConfig } from "../config/aws";
import type { Scale } from "../config/values";
import { eventRule, imageRule, inProcessRules, protectionRule } from "./common";
import { type Demands, mistakesIn, type Rule as RuleOf } from "./rules";

/** What follows from a configuration, with every default filled in. */
export interface AwsSizing {
  /** Undefined on demand: the stream decides. */
  shards: number | undefined;
  parallelization: number;
  /** Undefined: as many as the account has left. */
  reservedConcurrency: number | undefined;
  memoryMb: number;
  endpoint: EndpointSizing | undefined;
}

export interface EndpointSizing {
  memoryMb: number;
  maxConcurrency: number;
  provisioned: Scale | undefined;
}

/** An on-demand stream starts with 4: https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html */
export const ON_DEMAND_SHARDS = 4;

/** How far an on-demand stream may grow before reserved concurrency holds it back, unless the configuration says it. */
const GROWTH = 4;

/** onnxruntime takes 93 MB before the first model. */
const LEAST_IN_PROCESS_MB = 256;

/** A Kinesis record with its key, unless the stream's limit is raised, which what reads it would not survive. */
const RECORD_BYTES = 1024 * 1024 - 256;

export function sizeAws(config: AwsConfig): AwsSizing {
  const { inference, streamMode, shards } = config;
  const parallelization = config.parallelization ?? (inference === "endpoint" ? 1 : MAPPING.parallelizationFactor);
  const endpoint =
    inference === "endpoint"
      ? {
          memoryMb: config.endpointMemoryMb ?? 2048,
          maxConcurrency: config.endpointMaxConcurrency ?? 5,
          provisioned: config.endpointProvisioned,
        }
      : undefined;
  const ample = batchesAtOnce(config, parallelization) * (streamMode === "on-demand" ? GROWTH : 1);
  const reserved = config.reservedConcurrency ?? endpoint?.maxConcurrency ?? ample;
  return {
    shards: streamMode === "provisioned" ? shards : undefined,
    parallelization,
    reservedConcurrency: reserved === "none" ? undefined : reserved,
    memoryMb: config.memoryMb ?? MEMORY_MB[inference],
    endpoint,
  };
}

/** Batches that the stream hands out at the same time, when it starts. */
export function batchesAtOnce({ streamMode, shards = 1 }: AwsConfig, parallelization: number): number {
  return (streamMode === "on-demand" ? ON_DEMAND_SHARDS : shards) * parallelization;
}

/** Everything that a service would refuse, or would take and then lose or stall events. */
export function checkAws(config: AwsConfig, region: string, demands: Demands): ConfigError[] {
  const sizing = sizeAws(config);
  return mistakesIn([
    ...streamRules(config),
    ...mappingRules(config),
    ...concurrencyRules(config, sizing),
    ...(sizing.endpoint
      ? endpointRules(config, sizing.endpoint, region)
      : inProcessRules(config, ENDPOINT_KEYS, sizing.memoryMb, LEAST_IN_PROCESS_MB)),
    ...pipelineRules(config, demands),
  ]);
}

type Rule = RuleOf<AwsConfig>;

function streamRules({ streamMode, shards, retentionHours, maxRecordAgeSeconds }: AwsConfig): Rule[] {
  const isProvisioned = streamMode === "provisioned";
  return [
    [
      !isProvisioned && shards !== undefined,
      "shards",
      "an on-demand stream has as many as it needs.",
      "Remove it, or set `streamMode: provisioned`.",
    ],
    [
      isProvisioned && shards === undefined,
      "shards",
      "a provisioned stream needs a number of them.",
      "Write `sluice:shards: 2`, for example.",
    ],
    [
      // Past its retention the stream forgets the event, and the mapping can no longer save it to the bucket.
      maxRecordAgeSeconds >= retentionHours * 3600,
      "maxRecordAgeSeconds",
      `${maxRecordAgeSeconds} is not below the stream's retention of ${retentionHours} hours: events that fail would be lost.`,
      "Lower it, or raise `retentionHours`.",
    ],
  ];
}

function mappingRules({ batchSize, batchWindowSeconds, timeoutSeconds, maxRecordAgeSeconds }: AwsConfig): Rule[] {
  return [
    [
      // https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
      batchSize > 10 && batchWindowSeconds === 0,
      "batchWindowSeconds",
      `Lambda takes no 0 with more than 10 records in a batch, and \`batchSize\` is ${batchSize}.`,
      "Set it to 1 at least, or `batchSize` to 10 at most.",
    ],
    [
      maxRecordAgeSeconds < 2 * timeoutSeconds,
      "maxRecordAgeSeconds",
      `${maxRecordAgeSeconds} leaves no time for a second attempt of ${timeoutSeconds} seconds.`,
      `Raise it to ${2 * timeoutSeconds} at least, or lower \`timeoutSeconds\`.`,
    ],
  ];
}

function concurrencyRules(config: AwsConfig, { parallelization, reservedConcurrency, endpoint }: AwsSizing): Rule[] {
  const reserved = reservedConcurrency ?? Number.POSITIVE_INFINITY;
  const atEndpoint = endpoint?.maxConcurrency ?? Number.POSITIVE_INFINITY;
  const batches = batchesAtOnce(config, parallelization);
  const most = Math.min(reserved, config.streamMode === "on-demand" ? Number.POSITIVE_INFINITY : batches);
  const isOurs = config.reservedConcurrency === undefined;
  return [
    [
      reserved < batches,
      isOurs ? "endpointMaxConcurrency" : "reservedConcurrency",
      `${reserved} is below the ${batches} batches that run at once (${batches / parallelization} shards x parallelization ${parallelization}): the rest would be throttled.`,
      `Raise it to ${batches} at least, or lower \`parallelization\` or the shards.`,
    ],
    [
      !isOurs && most > atEndpoint,
      "reservedConcurrency",
      `${config.reservedConcurrency} allows more than the ${atEndpoint} requests that the endpoint takes at a time.`,
      `Lower it to ${atEndpoint}, or raise \`endpointMaxConcurrency\`.`,
    ],
    [
      (config.provisionedConcurrency?.max ?? 0) > reserved,
      "provisionedConcurrency",
      `${config.provisionedConcurrency?.max} is more than the ${reserved} of \`reservedConcurrency\`, which it counts against.`,
      "Lower it, or raise `reservedConcurrency`.",
    ],
  ];
}

function endpointRules({ modelImage }: AwsConfig, endpoint: EndpointSizing, region: string): Rule[] {
  return [
    imageRule({ modelImage }),
    [
      modelImage !== undefined && !modelImage.includes(`.ecr.${region}.`),
      "modelImage",
      `${JSON.stringify(modelImage)} is not in ${region}, and SageMaker pulls from its own region alone.`,
      "Push the image there, or change `aws:region`.",
    ],
    [
      (endpoint.provisioned?.max ?? 0) > endpoint.maxConcurrency,
      "endpointProvisioned",
      `${endpoint.provisioned?.max} is more than the ${endpoint.maxConcurrency} of \`endpointMaxConcurrency\`.`,
      "Lower it, or raise `endpointMaxConcurrency`.",
    ],
  ];
}

/** Keys that would do nothing: whoever set them believes that there is an endpoint. */
const ENDPOINT_KEYS = ["modelImage", "endpointMemoryMb", "endpointMaxConcurrency", "endpointProvisioned"] as const;

function pipelineRules(config: AwsConfig, demands: Demands): Rule[] {
  return [
    protectionRule(config),
    [
      config.notifyActions && !demands.hasActions,
      "notifyActions",
      "the pipeline has no actions.",
      "Remove it, or add `actions` to the pipeline.",
    ],
    eventRule(demands, RECORD_BYTES, "a Kinesis record", "a bucket"),
  ];
}
