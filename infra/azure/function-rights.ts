import type { Component } from "@pulumi/azure-native/applicationinsights";
import type { Topic } from "@pulumi/azure-native/eventgrid";
import type { EventHub } from "@pulumi/azure-native/eventhub";
import type { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity";
import type { StorageAccount } from "@pulumi/azure-native/storage";
import type { Resource } from "@pulumi/pulumi";
import { grant, ROLES } from "./rights";
import type { Scope } from "./scope";
import type { DataStorage } from "./storage";
import { type Store, storeRight } from "./store";

/** What the function and its host work with. */
export interface FunctionReach {
  hub: EventHub;
  host: StorageAccount;
  data: DataStorage;
  store: Store;
  topic: Topic | undefined;
  insights: Component;
  writesArchive: boolean;
  writesResults: boolean;
}

/**
 * What the function's identity may do: what its adapters and its host call, and nothing else. The right to call an
 * endpoint comes with the endpoint.
 */
export function functionRights(scope: Scope, to: UserAssignedIdentity, reach: FunctionReach): Resource[] {
  const { hub, host, data, store, topic, insights, writesArchive, writesResults } = reach;
  const write = ROLES.blobContributor;
  return [
    grant(scope, "hubGrant", { to, role: ROLES.eventHubsReceiver, on: hub.id }),
    // Code, locks and positions, and the host's own events: https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
    grant(scope, "hostBlobGrant", { to, role: ROLES.blobOwner, on: host.id }),
    grant(scope, "hostTableGrant", { to, role: ROLES.tableContributor, on: host.id }),
    grant(scope, "deadLettersGrant", { to, role: write, on: data.deadLetters.id }),
    grant(scope, "deadQueueGrant", { to, role: ROLES.queueSender, on: data.queue.id }),
    ...(writesArchive ? [grant(scope, "archiveGrant", { to, role: write, on: data.archive.id })] : []),
    ...(writesResults ? [grant(scope, "resultsGrant", { to, role: write, on: data.results.id })] : []),
    storeRight(scope, store, to),
    ...(topic ? [grant(scope, "actionsGrant", { to, role: ROLES.eventGridSender, on: topic.id })] : []),
    grant(scope, "insightsGrant", { to, role: ROLES.metricsPublisher, on: insights.id }),
  ];
}
