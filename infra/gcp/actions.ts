import { Topic } from "@pulumi/gcp/pubsub";
import type { Scope } from "./scope";

/** The topic that the pipeline's actions go to: subscriptions of your own take them from there. */
export function actions(scope: Scope): Topic {
  const { region, labels } = scope;
  return new Topic(
    ...scope.inner("actionsTopic", { messageStoragePolicy: { allowedPersistenceRegions: [region] }, labels }),
  );
}
