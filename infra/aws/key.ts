import { Alias, Key } from "@pulumi/aws/kms";
import { interpolate, type Output } from "@pulumi/pulumi";
import { document, type Statement } from "./roles";
import type { Scope } from "./scope";

/** Services that publish to the alarms' topic. Without these rights an alarm fires and nobody hears of it. */
export const PUBLISHERS = ["cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com"];

/** The one key of the stack's data at rest. */
export function dataKey(scope: Scope): Key {
  const key = new Key(
    ...scope.inner(
      "key",
      {
        description: "Data of a Sluice pipeline",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: document(keyPolicy(scope)),
        tags: scope.tags,
      },
      scope.keep,
    ),
  );
  new Alias(
    ...scope.inner("keyAlias", { name: `alias/${scope.fixedName("keyAlias", "data")}`, targetKeyId: key.keyId }),
  );
  return key;
}

/** In a key's own policy `*` is the key. */
function keyPolicy({ account, partition, region }: Scope): Statement[] {
  return [
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: interpolate`arn:${partition}:iam::${account}:root` },
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Publishers",
      Effect: "Allow",
      Principal: { Service: PUBLISHERS },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
    {
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}` },
      Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      Resource: "*",
      Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": logGroups(account, partition, region) } },
    },
  ];
}

function logGroups(account: Output<string>, partition: string, region: string): Output<string> {
  return interpolate`arn:${partition}:logs:${region}:${account}:log-group:*`;
}
