import type { Key } from "@pulumi/aws/kms";
import { Topic, TopicPolicy, TopicSubscription } from "@pulumi/aws/sns";
import { PUBLISHERS } from "./key";
import { document } from "./roles";
import type { Scope } from "./scope";

/** Where alarms, the budget and, if asked, the pipeline's actions go. */
export function alarmTopic(scope: Scope, key: Key, email: string | undefined): Topic {
  const topic = new Topic(...scope.inner("alarmTopic", { kmsMasterKeyId: key.arn, tags: scope.tags }));
  new TopicPolicy(
    ...scope.inner("alarmTopicPolicy", {
      arn: topic.arn,
      policy: document([
        {
          Sid: "Publishers",
          Effect: "Allow",
          Principal: { Service: PUBLISHERS },
          Action: "sns:Publish",
          Resource: topic.arn,
          Condition: { StringEquals: { "aws:SourceAccount": scope.account } },
        },
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sns:Publish",
          Resource: topic.arn,
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    }),
  );
  if (email !== undefined)
    new TopicSubscription(...scope.inner("alarmEmail", { topic: topic.arn, protocol: "email", endpoint: email }));
  return topic;
}
