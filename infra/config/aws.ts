import * as z from "zod";
import { MAPPING, TIMEOUT_SECONDS } from "../../functions/aws/mapping";
import { commonKeys } from "./common";
import { choice, flag, oneOf, scale, text, wholeNumber } from "./values";

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html */
const ENDPOINT_MEMORY_MB = [1024, 2048, 3072, 4096, 5120, 6144];
const MOST_ENDPOINT_CONCURRENCY = 200;

const BUCKET = text(/^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket");

/** SageMaker pulls from private ECR repositories alone. */
export const ECR_IMAGE =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([a-z0-9][a-z0-9._/-]*)(?::[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** Keys without a default here get one that depends on others: see `sizeAws`. */
export const awsConfig = z.strictObject({
  ...commonKeys,
  streamMode: choice(["on-demand", "provisioned"])
    .default("on-demand")
    .meta({ description: "Whether the stream grows by itself", example: "on-demand" }),
  shards: wholeNumber(1, 10_000)
    .optional()
    .meta({ description: "Shards of a provisioned stream; each takes 1 MiB or 1000 records a second", example: "2" }),
  retentionHours: wholeNumber(24, 8760)
    .default(24)
    .meta({ description: "Hours that the stream keeps events", example: "24" }),
  batchSize: wholeNumber(1, 10_000)
    .default(MAPPING.batchSize)
    .meta({ description: "Most records in one invocation; fewer where 6 MB, in base64, hold no more", example: "100" }),
  batchWindowSeconds: wholeNumber(0, 300)
    .default(MAPPING.maximumBatchingWindowInSeconds)
    .meta({ description: "Longest wait for a batch to fill", example: "1" }),
  parallelization: wholeNumber(1, 10)
    .optional()
    .meta({ description: "Batches of one shard at a time, in order per key; 2, or 1 with an endpoint", example: "2" }),
  retries: wholeNumber(0, 10_000)
    .default(MAPPING.maximumRetryAttempts)
    .meta({ description: "Attempts after the first, before a batch becomes a dead letter", example: "10" }),
  maxRecordAgeSeconds: wholeNumber(60, 604_800)
    .default(MAPPING.maximumRecordAgeInSeconds)
    .meta({ description: "Age at which an event that keeps failing becomes a dead letter", example: "3600" }),
  memoryMb: wholeNumber(128, 10_240)
    .optional()
    .meta({ description: "The function's memory; 1769 (one whole CPU), or 512 with an endpoint", example: "1769" }),
  timeoutSeconds: wholeNumber(10, 900)
    .default(TIMEOUT_SECONDS)
    .meta({ description: "Longest run of one invocation", example: "60" }),
  reservedConcurrency: text(/^(?:none|[1-9]\d{0,5})$/, 'a whole number from 1 on, or "none"')
    .transform((given) => (given === "none" ? given : Number(given)))
    .optional()
    .meta({
      description:
        "Most invocations at a time, taken out of the account's quota; by default four times what starts, or what the endpoint takes",
      example: "32",
    }),
  provisionedConcurrency: scale(10_000).optional().meta({
    description: "Functions kept warm: a number, or { min, max } to scale with the load",
    example: "{ min: 2, max: 8 }",
  }),
  modelImage: text(ECR_IMAGE, "an image in ECR, as in 123456789012.dkr.ecr.us-east-1.amazonaws.com/sluice:1")
    .optional()
    .meta({
      description: "The endpoint's image",
      example: "123456789012.dkr.ecr.us-east-1.amazonaws.com/sluice:1",
    }),
  endpointMemoryMb: oneOf(ENDPOINT_MEMORY_MB)
    .optional()
    .meta({ description: "The endpoint's memory; 2048", example: "2048" }),
  endpointMaxConcurrency: wholeNumber(1, MOST_ENDPOINT_CONCURRENCY).optional().meta({
    description: "Most requests at a time at the endpoint; 5, because new accounts have 10 in all",
    example: "5",
  }),
  endpointProvisioned: scale(MOST_ENDPOINT_CONCURRENCY)
    .optional()
    .meta({ description: "Requests that the endpoint is kept warm for: a number, or { min, max }", example: "1" }),
  maxWriteUnits: wholeNumber(1, 1_000_000)
    .optional()
    .meta({ description: "Most write units a second of the table: caps what it can cost", example: "1000" }),
  logRetentionDays: oneOf(LOG_RETENTION_DAYS)
    .default(14)
    .meta({ description: "Days that logs are kept", example: "14" }),
  customerManagedKey: flag().default(false).meta({
    description:
      "The stack's own key also for the stream and the function's environment; every producer then needs rights on it",
    example: "true",
  }),
  accessLogBucket: BUCKET.optional().meta({
    description: "An existing bucket for the access logs of the stack's bucket",
    example: "my-access-logs",
  }),
});

export type AwsConfig = z.output<typeof awsConfig>;
