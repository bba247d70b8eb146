import { Topic } from "@pulumi/azure-native/eventgrid";
import type { Scope } from "./scope";

/** The topic that the pipeline's actions go to: subscriptions of your own take them from there. */
export function actions(scope: Scope): Topic {
  return new Topic(
    ...scope.inner("actionsTopic", {
      ...scope.here,
      topicName: scope.uniqueName("eventGrid", "actions"),
      inputSchema: "CloudEventSchemaV1_0",
      disableLocalAuth: true,
      minimumTlsVersionAllowed: "1.2",
      publicNetworkAccess: "Enabled",
    }),
  );
}
