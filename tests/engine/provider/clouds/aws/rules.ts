import { lstatSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Failure } from "../../check";
import { hasUnknown, isArchive, isObject, type Properties } from "../../values";
import { at, between, fail, isJson, matches, oneOf, type Rule } from "../rule";

/** Runtimes that Lambda still lets one create with; nodejs20.x ended on 2026-08-31. */
const RUNTIMES = ["nodejs22.x", "nodejs24.x"];
/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: a package, unzipped. */
const MOST_UNZIPPED_BYTES = 262_144_000;
const MEMORY_SIZES = [1024, 2048, 3072, 4096, 5120, 6144];

const RULES: Readonly<Record<string, Rule>> = {
  "aws:kinesis/stream:Stream": (inputs) => {
    const mode = at(inputs, "streamModeDetails.streamMode") ?? "PROVISIONED";
    const shards = inputs["shardCount"];
    return [
      oneOf(mode, "streamModeDetails.streamMode", ["ON_DEMAND", "PROVISIONED"]),
      mode === "ON_DEMAND" && shards !== undefined
        ? fail("shardCount", "shardCount must not be set when streamMode is ON_DEMAND")
        : undefined,
      mode === "PROVISIONED" && shards === undefined
        ? fail("shardCount", "shardCount must be at least 1 when streamMode is PROVISIONED")
        : undefined,
      between(shards, "shardCount", 1, 10_000),
      between(inputs["retentionPeriod"], "retentionPeriod", 24, 8760),
      inputs["encryptionType"] === "KMS" && inputs["kmsKeyId"] === undefined
        ? fail("kmsKeyId", "KMS Key Id required when setting encryption_type is not set as NONE")
        : undefined,
    ];
  },
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (inputs) => [
    oneOf(inputs["destination"], "destination", ["extended_s3", "http_endpoint", "iceberg", "opensearch", "redshift"]),
    inputs["destination"] === "extended_s3" && inputs["extendedS3Configuration"] === undefined
      ? fail("extendedS3Configuration", "extendedS3Configuration is required when destination is extended_s3")
      : undefined,
    inputs["kinesisSourceConfiguration"] !== undefined && inputs["serverSideEncryption"] !== undefined
      ? fail("serverSideEncryption", "serverSideEncryption conflicts with kinesisSourceConfiguration")
      : undefined,
    between(
      at(inputs, "extendedS3Configuration.bufferingInterval"),
      "extendedS3Configuration.bufferingInterval",
      0,
      900,
    ),
    between(
      at(inputs, "extendedS3Configuration.bufferingSize"),
      "extendedS3Configuration.bufferingSize",
      at(inputs, "extendedS3Configuration.dynamicPartitioningConfiguration.enabled") === true ? 64 : 1,
      128,
    ),
  ],
  "aws:lambda/function:Function": (inputs) => [
    oneOf(at(inputs, "architectures[0]"), "architectures[0]", ["arm64", "x86_64"]),
    oneOf(inputs["runtime"], "runtime", RUNTIMES),
    oneOf(inputs["packageType"], "packageType", ["Image", "Zip"]),
    between(inputs["memorySize"], "memorySize", 128, 10_240),
    between(inputs["timeout"], "timeout", 1, 900),
    between(inputs["reservedConcurrentExecutions"], "reservedConcurrentExecutions", -1, 1000),
    packageSize(inputs["code"]),
  ],
  "aws:lambda/eventSourceMapping:EventSourceMapping": (inputs) => {
    const batch = Number(inputs["batchSize"] ?? 100);
    const window = Number(inputs["maximumBatchingWindowInSeconds"] ?? 0);
    const age = inputs["maximumRecordAgeInSeconds"];
    return [
      between(inputs["batchSize"], "batchSize", 1, 10_000),
      between(inputs["maximumBatchingWindowInSeconds"], "maximumBatchingWindowInSeconds", 0, 300),
      batch > 10 && window < 1
        ? fail("maximumBatchingWindowInSeconds", "must be at least 1 when batchSize is greater than 10")
        : undefined,
      between(inputs["parallelizationFactor"], "parallelizationFactor", 1, 10),
      between(inputs["maximumRetryAttempts"], "maximumRetryAttempts", -1, 10_000),
      age === -1 ? undefined : between(age, "maximumRecordAgeInSeconds", 60, 604_800),
      oneOf(inputs["startingPosition"], "startingPosition", ["AT_TIMESTAMP", "LATEST", "TRIM_HORIZON"]),
      oneOf(at(inputs, "functionResponseTypes[0]"), "functionResponseTypes[0]", ["ReportBatchItemFailures"]),
      oneOf(at(inputs, "metricsConfig.metrics[0]"), "metricsConfig.metrics[0]", ["EventCount"]),
    ];
  },
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": (inputs) => [
    inputs["qualifier"] === "$LATEST"
      ? fail("qualifier", "Provisioned Concurrency Configs cannot be applied to unpublished function versions")
      : undefined,
    between(inputs["provisionedConcurrentExecutions"], "provisionedConcurrentExecutions", 1, 100_000),
  ],
  "aws:dynamodb/table:Table": (inputs) => [
    oneOf(inputs["billingMode"], "billingMode", ["PAY_PER_REQUEST", "PROVISIONED"]),
    tableAttributes(inputs),
  ],
  "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (inputs) => {
    const serverless = at(inputs, "productionVariants[0].serverlessConfig");
    if (!isObject(serverless)) return [];
    const property = (name: string) => `productionVariants[0].serverlessConfig.${name}`;
    const most = Number(serverless["maxConcurrency"]);
    return [
      oneOf(serverless["memorySizeInMb"], property("memorySizeInMb"), MEMORY_SIZES),
      between(serverless["maxConcurrency"], property("maxConcurrency"), 1, 200),
      between(serverless["provisionedConcurrency"], property("provisionedConcurrency"), 1, most),
      inputs["dataCaptureConfig"] === undefined
        ? undefined
        : fail("dataCaptureConfig", "data capture is not supported for serverless endpoints"),
    ];
  },
  "aws:sqs/queue:Queue": (inputs) => [
    between(inputs["messageRetentionSeconds"], "messageRetentionSeconds", 60, 1_209_600),
    between(inputs["visibilityTimeoutSeconds"], "visibilityTimeoutSeconds", 0, 43_200),
  ],
  "aws:s3/bucket:Bucket": (inputs) => [matches(inputs["bucket"], "bucket", /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)],
  "aws:iam/role:Role": (inputs) => [matches(inputs["name"], "name", /^[\w+=,.@-]{1,64}$/)],
};

/** Documents that AWS parses: text that is not JSON fails when it is applied. */
const DOCUMENTS = [
  "assumeRolePolicy",
  "dashboardBody",
  "eventPattern",
  "policy",
  "redriveAllowPolicy",
  "redrivePolicy",
];

/** What AWS's provider, or AWS itself, would refuse in the inputs. What is not known yet passes. */
export function checkRules(type: string, inputs: Properties): Failure[] {
  const own = RULES[type]?.(inputs) ?? [];
  return [...own, ...DOCUMENTS.map((name) => isJson(inputs[name], name))].filter((failure) => failure !== undefined);
}

/** DynamoDB: the attributes are the keys of the table and of its indexes, no more and no fewer. */
function tableAttributes(inputs: Properties): Failure | undefined {
  const declared = inputs["attributes"];
  const indexes = [inputs["globalSecondaryIndexes"], inputs["localSecondaryIndexes"]].flat().filter(isObject);
  if (!Array.isArray(declared) || hasUnknown([declared, indexes])) return undefined;
  const schemas = indexes.flatMap((index) => (index["keySchemas"] as Properties[] | undefined) ?? []);
  const keys = [inputs, ...indexes].flatMap((owner) => [owner["hashKey"], owner["rangeKey"]]);
  const indexed = new Set([...keys, ...schemas.map((key) => key["attributeName"])]);
  indexed.delete(undefined);
  const names = declared.filter(isObject).map((attribute) => attribute["name"]);
  const wrong = [...names.filter((name) => !indexed.has(name)), ...[...indexed].filter((key) => !names.includes(key))];
  if (wrong.length === 0) return undefined;
  return fail("attributes", `all attributes must be indexed and all keys declared: ${JSON.stringify(wrong)}`);
}

function packageSize(code: unknown): Failure | undefined {
  if (!isArchive(code) || code.path === undefined) return undefined;
  const bytes = sizeOf(code.path);
  if (bytes <= MOST_UNZIPPED_BYTES) return undefined;
  return fail("code", `Unzipped size must be smaller than ${MOST_UNZIPPED_BYTES} bytes, got ${bytes}`);
}

function sizeOf(file: string): number {
  const found = lstatSync(file);
  if (!found.isDirectory()) return found.size;
  return readdirSync(file).reduce((sum, name) => sum + sizeOf(path.join(file, name)), 0);
}
