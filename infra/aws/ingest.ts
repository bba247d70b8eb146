import { Stream } from "@pulumi/aws/kinesis";
import type { Key } from "@pulumi/aws/kms";
import type { AwsConfig } from "../config/aws";
import type { AwsSizing } from "../sizing";
import type { Scope } from "./scope";

/** The stream of events. */
export function ingest(scope: Scope, config: AwsConfig, sizing: AwsSizing, key: Key): Stream {
  return new Stream(
    ...scope.inner(
      "stream",
      {
        streamModeDetails: { streamMode: config.streamMode === "on-demand" ? "ON_DEMAND" : "PROVISIONED" },
        // The provider refuses a count on demand, and its absence otherwise.
        ...(sizing.shards === undefined ? {} : { shardCount: sizing.shards }),
        retentionPeriod: config.retentionHours,
        encryptionType: "KMS",
        // The account's own key for Kinesis asks no rights of producers.
        kmsKeyId: config.customerManagedKey ? key.arn : "alias/aws/kinesis",
        enforceConsumerDeletion: true,
        // Larger records fit neither one invocation (6 MB in base64) nor Firehose (1000 KiB).
        maxRecordSizeInKib: 1024,
        tags: scope.tags,
      },
      scope.keep,
    ),
  );
}
