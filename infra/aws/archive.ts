import { LogGroup, LogStream } from "@pulumi/aws/cloudwatch";
import { FirehoseDeliveryStream, type Stream } from "@pulumi/aws/kinesis";
import type { Key } from "@pulumi/aws/kms";
import type { Bucket } from "@pulumi/aws/s3";
import { interpolate } from "@pulumi/pulumi";
import type { AwsConfig } from "../config/aws";
import { PREFIX } from "./bucket";
import { allow, type Rights, roleFor } from "./roles";
import type { Scope } from "./scope";

export interface ArchiveParts {
  stream: Stream;
  bucket: Bucket;
  key: Key;
}

/** A second reader of the stream, independent of the first: every raw event, in objects by hour. */
export function archive(scope: Scope, config: AwsConfig, parts: ArchiveParts): FirehoseDeliveryStream {
  const { stream, bucket, key } = parts;
  const logs = new LogGroup(
    ...scope.inner("archiveLogs", {
      name: `/aws/kinesisfirehose/${scope.fixedName("logGroup", "archive")}`,
      retentionInDays: config.logRetentionDays,
      kmsKeyId: key.arn,
      tags: scope.tags,
    }),
  );
  const logStream = new LogStream(...scope.inner("archiveLogStream", { name: "delivery", logGroupName: logs.name }));
  const { role, policy } = rights(scope, parts, logs);
  return new FirehoseDeliveryStream(
    ...scope.inner(
      "archive",
      {
        // The SDK's own documentation says `extendedS3`, which the service refuses.
        destination: "extended_s3",
        kinesisSourceConfiguration: { kinesisStreamArn: stream.arn, roleArn: role.arn },
        extendedS3Configuration: {
          roleArn: role.arn,
          bucketArn: bucket.arn,
          kmsKeyArn: key.arn,
          bufferingSize: 64,
          bufferingInterval: 300,
          compressionFormat: "GZIP",
          customTimeZone: "UTC",
          prefix: `${PREFIX.raw}dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/`,
          errorOutputPrefix: `${PREFIX.errors}!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/`,
          processingConfiguration: { enabled: true, processors: [{ type: "AppendDelimiterToRecord" }] },
          cloudwatchLoggingOptions: { enabled: true, logGroupName: logs.name, logStreamName: logStream.name },
        },
        tags: scope.tags,
      },
      { dependsOn: [policy] },
    ),
  );
}

/** https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html */
function rights(scope: Scope, { stream, bucket, key }: ArchiveParts, logs: LogGroup): Rights {
  return roleFor(scope, "archive", "firehose.amazonaws.com", [
    allow(
      "Read",
      ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"],
      stream.arn,
    ),
    allow("Bucket", ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], bucket.arn),
    allow(
      "Write",
      ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
      [interpolate`${bucket.arn}/${PREFIX.raw}*`, interpolate`${bucket.arn}/${PREFIX.errors}*`],
    ),
    allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], key.arn),
    allow("Logs", ["logs:PutLogEvents"], interpolate`${logs.arn}:log-stream:*`),
  ]);
}
