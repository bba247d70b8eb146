import { Topic } from "@pulumi/gcp/pubsub";
import type { GcpConfig } from "../config/gcp";
import type { Scope } from "./scope";

/** The topic of events. What it keeps can be sent to any subscription again (`seek`). */
export function ingest(scope: Scope, { retentionHours }: GcpConfig): Topic {
  return new Topic(
    ...scope.inner(
      "topic",
      {
        messageRetentionDuration: `${retentionHours * 3600}s`,
        // Otherwise messages rest wherever their producer is.
        messageStoragePolicy: { allowedPersistenceRegions: [scope.region] },
        labels: scope.labels,
      },
      scope.keep,
    ),
  );
}
