/** The settings of a mapping under the service's names, in the case that SDKs and Pulumi use. */
export interface EventSourceMappingSettings {
  /** Most records of one invocation, 1 to 10,000. Default 100. */
  batchSize?: number | undefined;
  /** How long a batch may wait to fill, 0 to 300. At least 1 if `batchSize` is set above 10. Default 0. */
  maximumBatchingWindowInSeconds?: number | undefined;
  /** Concurrent batches per shard, 1 to 10. The order within a partition key stays. Default 1. */
  parallelizationFactor?: number | undefined;
  /** Splits a failed batch and retries the parts each for itself. Default false. */
  bisectBatchOnFunctionError?: boolean | undefined;
  /** Without `ReportBatchItemFailures`, what the function answers is ignored. */
  functionResponseTypes?: readonly string[] | undefined;
  /** -1 (without end) to 10,000. Default -1. */
  maximumRetryAttempts?: number | undefined;
  /** -1 (without end), or 60 to 604,800. Default -1. */
  maximumRecordAgeInSeconds?: number | undefined;
  /** Where to start in shards that were there before the mapping was. `AT_TIMESTAMP` is not emulated. */
  startingPosition: "TRIM_HORIZON" | "LATEST";
  /** Where discarded batches go: the ARN of a bucket. Queues and topics get no payload, and are not emulated. */
  destinationConfig?: { onFailure?: { destination: string } | undefined } | undefined;
}

export interface ResolvedSettings {
  batchSize: number;
  windowMs: number;
  parallelizationFactor: number;
  bisect: boolean;
  reportsItemFailures: boolean;
  /** Infinity for -1. */
  maximumRetryAttempts: number;
  /** Infinity for -1. */
  maximumRecordAgeMs: number;
  startingPosition: "TRIM_HORIZON" | "LATEST";
}

/** What the service answers to a setting that it refuses. */
export class InvalidParameterValueException extends Error {
  override readonly name = "InvalidParameterValueException";
  readonly statusCode = 400;
}

/** @throws InvalidParameterValueException for what CreateEventSourceMapping refuses. */
export function resolveSettings(settings: EventSourceMappingSettings): ResolvedSettings {
  const {
    batchSize = 100,
    maximumBatchingWindowInSeconds: window = 0,
    parallelizationFactor = 1,
    bisectBatchOnFunctionError: bisect = false,
    functionResponseTypes = [],
    maximumRetryAttempts = -1,
    maximumRecordAgeInSeconds: age = -1,
    startingPosition,
    destinationConfig,
  } = settings;
  inRange("BatchSize", batchSize, 1, 10_000);
  inRange("MaximumBatchingWindowInSeconds", window, 0, 300);
  inRange("ParallelizationFactor", parallelizationFactor, 1, 10);
  inRange("MaximumRetryAttempts", maximumRetryAttempts, -1, 10_000);
  if (age !== -1) inRange("MaximumRecordAgeInSeconds", age, 60, 604_800);
  // https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html, "Related setting".
  if ((settings.batchSize ?? 0) > 10 && window < 1) {
    refuse("MaximumBatchingWindowInSeconds must be at least 1 when BatchSize is greater than 10.");
  }
  for (const type of functionResponseTypes) {
    if (type !== "ReportBatchItemFailures") refuse(`FunctionResponseTypes has the unknown value ${type}.`);
  }
  if (startingPosition !== "TRIM_HORIZON" && startingPosition !== "LATEST") {
    refuse("StartingPosition must be TRIM_HORIZON or LATEST.");
  }
  const destination = destinationConfig?.onFailure?.destination;
  if (destination !== undefined && !/^arn:aws[\w-]*:s3:::[a-z0-9][a-z0-9.-]+$/.test(destination)) {
    refuse("DestinationConfig.OnFailure.Destination must be the ARN of an S3 bucket.");
  }
  return {
    batchSize,
    windowMs: window * 1_000,
    parallelizationFactor,
    bisect,
    reportsItemFailures: functionResponseTypes.length > 0,
    maximumRetryAttempts: maximumRetryAttempts === -1 ? Number.POSITIVE_INFINITY : maximumRetryAttempts,
    maximumRecordAgeMs: age === -1 ? Number.POSITIVE_INFINITY : age * 1_000,
    startingPosition,
  };
}

function inRange(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    refuse(`${name} must be a whole number from ${min} to ${max}.`);
  }
}

function refuse(message: string): never {
  throw new InvalidParameterValueException(message);
}
