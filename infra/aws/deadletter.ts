import { type Bucket, BucketNotification } from "@pulumi/aws/s3";
import { Queue, QueuePolicy } from "@pulumi/aws/sqs";
import { PREFIX } from "./bucket";
import { document, type Statement } from "./roles";
import type { Scope } from "./scope";

/** The longest that SQS keeps a message. */
const FOURTEEN_DAYS = 14 * 24 * 3600;

/**
 * Tells of each dead letter: the function's own, and the batches that the event source mapping gave up. The letters
 * themselves are in the bucket; a queue as the mapping's destination would get no payload.
 */
export function deadLetterNotice(scope: Scope, bucket: Bucket): Queue {
  const queue = new Queue(
    ...scope.inner("deadLetterQueue", {
      messageRetentionSeconds: FOURTEEN_DAYS,
      sqsManagedSseEnabled: true,
      tags: scope.tags,
    }),
  );
  const policy = new QueuePolicy(
    ...scope.inner("deadLetterQueuePolicy", {
      queueUrl: queue.id,
      policy: document(queuePolicy(scope, queue, bucket)),
    }),
  );
  new BucketNotification(
    ...scope.inner(
      "bucketNotification",
      {
        bucket: bucket.id,
        queues: [PREFIX.deadLetters, PREFIX.onFailure].map((filterPrefix) => ({
          queueArn: queue.arn,
          events: ["s3:ObjectCreated:*"],
          filterPrefix,
        })),
      },
      // S3 sends a test message first, and refuses a queue that does not take it.
      { dependsOn: [policy] },
    ),
  );
  return queue;
}

function queuePolicy({ account }: Scope, queue: Queue, bucket: Bucket): Statement[] {
  return [
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: queue.arn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "Notice",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queue.arn,
      Condition: { StringEquals: { "aws:SourceAccount": account }, ArnEquals: { "aws:SourceArn": bucket.arn } },
    },
    {
      Sid: "Undelivered",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queue.arn,
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  ];
}
