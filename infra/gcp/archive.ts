import { Subscription, type Topic } from "@pulumi/gcp/pubsub";
import type { Account, IAMMember } from "@pulumi/gcp/serviceaccount";
import { Bucket, BucketIAMMember } from "@pulumi/gcp/storage";
import type { GcpConfig } from "../config/gcp";
import { privateBucket } from "./bucket";
import { RETENTION } from "./preprocess";
import type { Scope } from "./scope";

/** Where raw events are in the bucket. */
export const RAW = "raw/";

/** What writes for Pub/Sub, and that Pub/Sub may act as it. */
export interface Exporter {
  account: Account;
  token: IAMMember;
}

export interface Archive {
  bucket: Bucket;
  subscription: Subscription;
}

/** A second subscription, independent of the first: every raw message with its metadata, in Avro files by day. */
export function archive(scope: Scope, config: GcpConfig, topic: Topic, { account, token }: Exporter): Archive {
  const bucket = new Bucket(
    ...scope.inner(
      "archiveBucket",
      privateBucket(scope, {
        forceDestroy: config.forceDestroy,
        lifecycleRules: [{ action: { type: "Delete" }, condition: { age: config.archiveDays } }],
      }),
      scope.keep,
    ),
  );
  const subscription = new Subscription(
    ...scope.inner(
      "archive",
      {
        topic: topic.id,
        // The longest there is: what is not written by then is written twice.
        ackDeadlineSeconds: 600,
        messageRetentionDuration: RETENTION,
        expirationPolicy: { ttl: "" },
        cloudStorageConfig: {
          bucket: bucket.name,
          serviceAccountEmail: account.email,
          filenamePrefix: RAW,
          filenameSuffix: ".avro",
          filenameDatetimeFormat: "YYYY/MM/DD/hh_mm_ssZ",
          maxBytes: 100_000_000,
          maxDuration: `${config.archiveSeconds}s`,
          avroConfig: { writeMetadata: true },
        },
        labels: scope.labels,
      },
      { dependsOn: [token, ...rights(scope, bucket, account)] },
    ),
  );
  return { bucket, subscription };
}

/** https://cloud.google.com/pubsub/docs/create-cloudstorage-subscription: create objects, and see that the bucket is there. */
function rights(scope: Scope, bucket: Bucket, { member }: Account): BucketIAMMember[] {
  return [
    new BucketIAMMember(
      ...scope.inner("archiveWriteGrant", { bucket: bucket.name, role: "roles/storage.objectCreator", member }),
    ),
    new BucketIAMMember(
      ...scope.inner("archiveReadGrant", { bucket: bucket.name, role: "roles/storage.legacyBucketReader", member }),
    ),
  ];
}
