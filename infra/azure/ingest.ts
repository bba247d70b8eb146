import { ConsumerGroup, EventHub, Namespace } from "@pulumi/azure-native/eventhub";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import { interpolate, type Output } from "@pulumi/pulumi";
import { CONSUMER_GROUP } from "../../functions/azure/trigger";
import type { AzureConfig } from "../config/azure";
import type { AzureSizing } from "../sizing";
import type { Capture } from "./archive";
import type { Scope } from "./scope";

export interface Ingest {
  namespace: Namespace;
  hub: EventHub;
  consumerGroup: ConsumerGroup;
  /** Host name of the namespace. */
  host: Output<string>;
  /** `sb://<namespace>.servicebus.windows.net/<hub>`. */
  url: Output<string>;
}

export interface IngestParts {
  /** Whom the namespace acts as. */
  writer: UserAssignedIdentity;
  capture: Capture | undefined;
}

/** The hub of events, and the group that the function reads as. */
export function ingest(scope: Scope, config: AzureConfig, sizing: AzureSizing, parts: IngestParts): Ingest {
  const { writer, capture } = parts;
  const namespace = namespaceOf(scope, config, sizing, writer);
  const hub = new EventHub(
    ...scope.inner(
      "hub",
      {
        ...scope.within,
        namespaceName: namespace.name,
        eventHubName: "events",
        partitionCount: config.partitions,
        retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours: config.retentionHours },
        ...(capture && { captureDescription: capture.description }),
      },
      {
        ...scope.keep,
        // Azure tries to write when Capture is switched on.
        ...(capture && { dependsOn: [capture.grant] }),
        // The provider would try it in place, which Azure refuses; and the name is taken until the old hub is gone.
        replaceOnChanges: ["partitionCount"],
        deleteBeforeReplace: true,
      },
    ),
  );
  const consumerGroup = new ConsumerGroup(
    ...scope.inner(
      "consumerGroup",
      {
        ...scope.within,
        namespaceName: namespace.name,
        eventHubName: hub.name,
        consumerGroupName: CONSUMER_GROUP,
      },
      scope.keep,
    ),
  );
  const host = interpolate`${namespace.name}.servicebus.windows.net`;
  return { namespace, hub, consumerGroup, host, url: interpolate`sb://${host}/${hub.name}` };
}

/** Standard: Basic has one consumer group, a day of retention, and no Capture. */
function namespaceOf(
  scope: Scope,
  { throughputUnits }: AzureConfig,
  { maxThroughputUnits }: AzureSizing,
  writer: UserAssignedIdentity,
): Namespace {
  const grows = maxThroughputUnits > throughputUnits;
  return new Namespace(
    ...scope.inner(
      "namespace",
      {
        ...scope.here,
        namespaceName: scope.uniqueName("eventHubs", "hub"),
        sku: { name: "Standard", tier: "Standard", capacity: throughputUnits },
        isAutoInflateEnabled: grows,
        ...(grows && { maximumThroughputUnits: maxThroughputUnits }),
        // Identities alone: no keys that could leak.
        disableLocalAuth: true,
        minimumTlsVersion: "1.2",
        // Also without Capture: a namespace cannot lose the identity that it had, and without rights it can do nothing.
        identity: { type: "UserAssigned", userAssignedIdentities: [writer.id] },
      },
      scope.keep,
    ),
  );
}
