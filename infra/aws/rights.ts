import { type Input, interpolate } from "@pulumi/pulumi";
import { PREFIX } from "./bucket";
import { allow, type Statement } from "./roles";

/** ARNs of what the function works with. */
export interface FunctionReach {
  stream: Input<string>;
  table: Input<string>;
  bucket: Input<string>;
  key: Input<string>;
  logs: Input<string>;
  bus: Input<string> | undefined;
  endpoint: Input<string> | undefined;
  writesNdjson: boolean;
  traces: boolean;
}

/** What the function may do: what its adapters and the event source mapping call, and nothing else. */
export function functionRights(reach: FunctionReach): Statement[] {
  const { stream, table, bucket, key, logs, bus, endpoint } = reach;
  const written = [PREFIX.deadLetters, PREFIX.onFailure, ...(reach.writesNdjson ? [PREFIX.predictions] : [])];
  return [
    allow(
      "Read",
      [
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:SubscribeToShard",
      ],
      stream,
    ),
    // Knows no resource.
    allow("List", ["kinesis:ListStreams"], "*"),
    allow("Store", ["dynamodb:BatchWriteItem", "dynamodb:PutItem"], table),
    allow(
      "Write",
      ["s3:PutObject"],
      written.map((prefix) => interpolate`${bucket}/${prefix}*`),
    ),
    // Lambda checks the destination of failed batches with it.
    allow("ListBucket", ["s3:ListBucket"], bucket),
    ...(bus === undefined ? [] : [allow("Act", ["events:PutEvents"], bus)]),
    ...(endpoint === undefined ? [] : [allow("Infer", ["sagemaker:InvokeEndpoint"], endpoint)]),
    allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], interpolate`${logs}:*`),
    // Know no resource.
    ...(reach.traces ? [allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")] : []),
    allow("Key", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], key),
  ];
}
