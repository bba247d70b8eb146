import type { Key } from "@pulumi/aws/kms";
import {
  Bucket,
  BucketLifecycleConfiguration,
  BucketLogging,
  BucketOwnershipControls,
  BucketPolicy,
  BucketPublicAccessBlock,
  BucketServerSideEncryptionConfiguration,
  BucketVersioning,
} from "@pulumi/aws/s3";
import { interpolate } from "@pulumi/pulumi";
import type { AwsConfig } from "../config/aws";
import { document } from "./roles";
import type { Scope } from "./scope";

/** Where things are in the bucket. */
export const PREFIX = {
  raw: "raw/",
  errors: "errors/",
  deadLetters: "dead-letters/",
  /** The event source mapping chooses this one: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
  onFailure: "aws/lambda/",
  models: "models/",
  predictions: "predictions/",
} as const;

/** One bucket for the archive, the dead letters and the model: encrypted, versioned, closed to the public and to plain HTTP. */
export function bucket(scope: Scope, config: AwsConfig, key: Key): Bucket {
  const made = new Bucket(
    ...scope.inner("bucket", { forceDestroy: config.forceDestroy, tags: scope.tags }, scope.keep),
  );
  new BucketPublicAccessBlock(
    ...scope.inner("bucketPublicAccessBlock", {
      bucket: made.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
  );
  new BucketOwnershipControls(
    ...scope.inner("bucketOwnership", { bucket: made.id, rule: { objectOwnership: "BucketOwnerEnforced" } }),
  );
  new BucketServerSideEncryptionConfiguration(
    ...scope.inner("bucketEncryption", {
      bucket: made.id,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          // One call of KMS for many objects instead of one each.
          bucketKeyEnabled: true,
        },
      ],
    }),
  );
  lifecycle(scope, config, made);
  new BucketPolicy(
    ...scope.inner("bucketPolicy", {
      bucket: made.id,
      policy: document([
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [made.arn, interpolate`${made.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    }),
  );
  if (config.accessLogBucket !== undefined)
    new BucketLogging(
      ...scope.inner("bucketLogging", {
        bucket: made.id,
        targetBucket: config.accessLogBucket,
        targetPrefix: `${scope.fixedName("logical", "bucket")}/`,
      }),
    );
  return made;
}

/** Raw events expire; dead letters stay until they are taken. What was deleted or overwritten can be had back for a week. */
function lifecycle(scope: Scope, config: AwsConfig, made: Bucket): void {
  const versioning = new BucketVersioning(
    ...scope.inner("bucketVersioning", { bucket: made.id, versioningConfiguration: { status: "Enabled" } }),
  );
  const rules = [
    { id: "raw", prefix: PREFIX.raw, days: config.archiveDays },
    { id: "errors", prefix: PREFIX.errors, days: config.archiveDays },
  ].map(({ id, prefix, days }) => ({ id, status: "Enabled", filter: { prefix }, expiration: { days } }));
  new BucketLifecycleConfiguration(
    ...scope.inner(
      "bucketLifecycle",
      {
        bucket: made.id,
        rules: [
          ...rules,
          {
            id: "leftovers",
            status: "Enabled",
            filter: {},
            // A letter that was taken leaves a marker that would slow down every listing.
            expiration: { expiredObjectDeleteMarker: true },
            noncurrentVersionExpiration: { noncurrentDays: 7 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 3 },
          },
        ],
      },
      { dependsOn: [versioning] },
    ),
  );
}
