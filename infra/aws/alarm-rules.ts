import type { Input } from "@pulumi/pulumi";
import { VARIANT } from "./variant";

/** Names of what is watched; those left out are not part of the stack. */
export interface Watched {
  function: Input<string>;
  /** `function:alias`, where functions are kept warm. */
  warm?: Input<string> | undefined;
  mapping: Input<string>;
  stream: Input<string>;
  table: Input<string>;
  queue: Input<string>;
  archive?: Input<string> | undefined;
  endpoint?: Input<string> | undefined;
}

export interface AlarmRule {
  name: string;
  /** What it means and what to do, for whoever is woken by it. */
  description: string;
  namespace: string;
  metric: string;
  /** Alarms above this, in the metric's own unit. */
  above: number;
  /** Default `Sum`; a percentile as `p99`. */
  statistic?: "Maximum" | "p99";
  dimensions: Record<string, Input<string>>;
}

/** What is worth waking somebody: every way in which events can come late or get lost. */
export function alarmRules(watched: Watched): AlarmRule[] {
  return [...functionRules(watched), ...serviceRules(watched), ...optionalRules(watched)];
}

function functionRules({ function: name, mapping }: Watched): AlarmRule[] {
  const lambda = { namespace: "AWS/Lambda", dimensions: { FunctionName: name } };
  return [
    {
      ...lambda,
      name: "late",
      description: "Events wait for more than a minute: raise `parallelization`, or look for what fails.",
      metric: "IteratorAge",
      statistic: "Maximum",
      above: 60_000,
    },
    {
      ...lambda,
      name: "errors",
      description: "The function crashes or runs out of time or memory: see its log.",
      metric: "Errors",
      above: 0,
    },
    {
      ...lambda,
      name: "throttles",
      description: "More batches than the function may run at a time: raise `reservedConcurrency`.",
      metric: "Throttles",
      above: 0,
    },
    {
      name: "given-up",
      description: "Batches are given up after their last attempt: see `sluice dead-letters list`.",
      namespace: "AWS/Lambda",
      metric: "DroppedEventCount",
      above: 0,
      dimensions: { EventSourceMappingUUID: mapping },
    },
  ];
}

function serviceRules({ queue, stream, table }: Watched): AlarmRule[] {
  return [
    {
      name: "dead-letters",
      description: "Dead letters wait: see `sluice dead-letters list`, redrive them, and empty the queue.",
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      statistic: "Maximum",
      above: 0,
      dimensions: { QueueName: queue },
    },
    {
      name: "ingest-throttles",
      description: "The stream refuses events: add `shards`, or spread a hot key.",
      namespace: "AWS/Kinesis",
      metric: "WriteProvisionedThroughputExceeded",
      above: 0,
      dimensions: { StreamName: stream },
    },
    {
      name: "store-throttles",
      description: "The table refuses writes: raise `maxWriteUnits`, or spread a hot key.",
      namespace: "AWS/DynamoDB",
      metric: "WriteThrottleEvents",
      above: 0,
      dimensions: { TableName: table },
    },
  ];
}

function optionalRules({ warm, archive, endpoint, function: name }: Watched): AlarmRule[] {
  const rules: AlarmRule[] = [];
  if (warm !== undefined)
    rules.push({
      name: "cold",
      description: "More work than functions kept warm: raise `provisionedConcurrency`.",
      namespace: "AWS/Lambda",
      metric: "ProvisionedConcurrencySpilloverInvocations",
      above: 0,
      dimensions: { FunctionName: name, Resource: warm },
    });
  if (archive !== undefined)
    rules.push({
      name: "archive-late",
      description: "The archive is more than 20 minutes behind: see its log.",
      namespace: "AWS/Firehose",
      metric: "DeliveryToS3.DataFreshness",
      statistic: "Maximum",
      above: 1200,
      dimensions: { DeliveryStreamName: archive },
    });
  if (endpoint !== undefined) rules.push(...endpointRules({ EndpointName: endpoint, VariantName: VARIANT }));
  return rules;
}

function endpointRules(dimensions: Record<string, Input<string>>): AlarmRule[] {
  const sagemaker = { namespace: "AWS/SageMaker", dimensions };
  return [
    {
      ...sagemaker,
      name: "model-slow",
      description: "One request in a hundred takes the model more than half a second.",
      // Microseconds: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
      metric: "ModelLatency",
      statistic: "p99",
      above: 500_000,
    },
    {
      ...sagemaker,
      name: "model-errors",
      description: "The endpoint fails: see the log group /aws/sagemaker/Endpoints.",
      metric: "Invocation5XXErrors",
      above: 0,
    },
    {
      ...sagemaker,
      name: "model-throttles",
      description: "The endpoint refuses requests: raise `endpointMaxConcurrency`.",
      metric: "Invocation4XXErrors",
      above: 0,
    },
  ];
}
