import { EventBus, EventRule, EventTarget } from "@pulumi/aws/cloudwatch";
import type { Topic } from "@pulumi/aws/sns";
import type { Queue } from "@pulumi/aws/sqs";
import type { Scope } from "./scope";

/** The bus that the pipeline's actions go to: rules of your own take them from there. */
export function actions(scope: Scope): EventBus {
  return new EventBus(...scope.inner("bus", { description: "Actions of a Sluice pipeline", tags: scope.tags }));
}

/** Sends every action to the topic too; what cannot be delivered goes to the dead letters' queue. */
export function notifyOfActions(scope: Scope, bus: EventBus, topic: Topic, undelivered: Queue): void {
  const rule = new EventRule(
    ...scope.inner("actionRule", {
      eventBusName: bus.name,
      eventPattern: JSON.stringify({ source: [{ prefix: "" }] }),
      state: "ENABLED",
      tags: scope.tags,
    }),
  );
  new EventTarget(
    ...scope.inner("actionTarget", {
      eventBusName: bus.name,
      rule: rule.name,
      arn: topic.arn,
      retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
      deadLetterConfig: { arn: undelivered.arn },
    }),
  );
}
