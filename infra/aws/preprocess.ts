import { LogGroup } from "@pulumi/aws/cloudwatch";
import type { RolePolicy } from "@pulumi/aws/iam";
import type { Stream } from "@pulumi/aws/kinesis";
import type { Key } from "@pulumi/aws/kms";
import { Alias, EventSourceMapping, Function as LambdaFunction } from "@pulumi/aws/lambda";
import type { Bucket } from "@pulumi/aws/s3";
import { asset, type Input } from "@pulumi/pulumi";
import type { AwsConfig } from "../config/aws";
import type { AwsSizing } from "../sizing";
import { roleFor, type Statement } from "./roles";
import type { Scope } from "./scope";

export interface FunctionParts {
  /** Folder of the bundle, relative to the project. */
  directory: string;
  key: Key;
  environment: Record<string, Input<string>>;
  /** What it may do, given the ARN of its log group. */
  rights(logs: Input<string>): Statement[];
}

export interface Worker {
  function: LambdaFunction;
  /** What the stream calls. Provisioned concurrency needs a version with a name: `$LATEST` will not do. */
  alias: Alias;
  /** The mapping is refused until the role has it. */
  policy: RolePolicy;
}

/** The function that does the work, with its rights, its logs and the alias `live`. */
export function worker(scope: Scope, config: AwsConfig, sizing: AwsSizing, parts: FunctionParts): Worker {
  const { key, directory, environment, rights } = parts;
  const name = scope.fixedName("function", "worker");
  // Lambda would make one itself, that never expires.
  const logs = new LogGroup(
    ...scope.inner("functionLogs", {
      name: `/aws/lambda/${name}`,
      retentionInDays: config.logRetentionDays,
      kmsKeyId: key.arn,
      tags: scope.tags,
    }),
  );
  const { role, policy } = roleFor(scope, "function", "lambda.amazonaws.com", rights(logs.arn));
  const made = new LambdaFunction(
    ...scope.inner(
      "function",
      {
        name,
        description: "Decodes, infers and stores the events of a Sluice pipeline",
        role: role.arn,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        packageType: "Zip",
        handler: "index.handler",
        // The provider computes the hash of the code; one of ours would hide changes.
        code: new asset.FileArchive(directory),
        publish: true,
        memorySize: sizing.memoryMb,
        timeout: config.timeoutSeconds,
        ...(sizing.reservedConcurrency === undefined
          ? {}
          : { reservedConcurrentExecutions: sizing.reservedConcurrency }),
        loggingConfig: {
          logFormat: "JSON",
          applicationLogLevel: "INFO",
          systemLogLevel: "WARN",
          logGroup: logs.name,
        },
        tracingConfig: { mode: config.tracing ? "Active" : "PassThrough" },
        ...(config.customerManagedKey ? { kmsKeyArn: key.arn } : {}),
        environment: { variables: environment },
        tags: scope.tags,
      },
      { dependsOn: [policy] },
    ),
  );
  const alias = new Alias(
    ...scope.inner("alias", { name: "live", functionName: made.name, functionVersion: made.version }),
  );
  return { function: made, alias, policy };
}

/**
 * What reads the stream and calls the function. A batch that fails is retried from the record that the function names,
 * then halved until the culprit is alone, and at last saved to the bucket, payload and all.
 */
export function trigger(
  scope: Scope,
  config: AwsConfig,
  sizing: AwsSizing,
  { stream, bucket, worker }: { stream: Stream; bucket: Bucket; worker: Worker },
): EventSourceMapping {
  return new EventSourceMapping(
    ...scope.inner(
      "mapping",
      {
        eventSourceArn: stream.arn,
        functionName: worker.alias.arn,
        enabled: true,
        startingPosition: "TRIM_HORIZON",
        batchSize: config.batchSize,
        maximumBatchingWindowInSeconds: config.batchWindowSeconds,
        parallelizationFactor: sizing.parallelization,
        // Without it the healthy neighbors of a record that kills the function would be given up with it.
        bisectBatchOnFunctionError: true,
        functionResponseTypes: ["ReportBatchItemFailures"],
        // The service's own defaults are endless: one bad record would block its shard until it expires.
        maximumRetryAttempts: config.retries,
        maximumRecordAgeInSeconds: config.maxRecordAgeSeconds,
        destinationConfig: { onFailure: { destinationArn: bucket.arn } },
        metricsConfig: { metrics: ["EventCount"] },
        tags: scope.tags,
      },
      {
        ...scope.keep,
        dependsOn: [worker.policy],
        // Two mappings of one stream and function conflict, and a new one starts again at `startingPosition`.
        deleteBeforeReplace: true,
        ignoreChanges: ["startingPosition"],
      },
    ),
  );
}
