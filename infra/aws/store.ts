import { Table } from "@pulumi/aws/dynamodb";
import type { Key } from "@pulumi/aws/kms";
import type { AwsConfig } from "../config/aws";
import type { Scope } from "./scope";

/** The table of predictions: by key, then by event id. */
export function store(scope: Scope, config: AwsConfig, key: Key): Table {
  return new Table(
    ...scope.inner(
      "table",
      {
        billingMode: "PAY_PER_REQUEST",
        hashKey: "pk",
        rangeKey: "sk",
        attributes: [
          { name: "pk", type: "S" },
          { name: "sk", type: "S" },
        ],
        // Only rows that have the attribute expire.
        ttl: { attributeName: "expiresAt", enabled: true },
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
        deletionProtectionEnabled: config.deletionProtection,
        ...(config.maxWriteUnits === undefined
          ? {}
          : { onDemandThroughput: { maxWriteRequestUnits: config.maxWriteUnits } }),
        tags: scope.tags,
      },
      scope.keep,
    ),
  );
}
