import { Dataset, IamMember, Table } from "@pulumi/gcp/bigquery";
import type { ServiceIdentity } from "@pulumi/gcp/projects";
import { Subscription, Topic } from "@pulumi/gcp/pubsub";
import { interpolate } from "@pulumi/pulumi";
import { RESULT_COLUMNS } from "../../adapters/gcp/store";
import type { GcpConfig } from "../config/gcp";
import type { Exporter } from "./archive";
import { mayMoveFrom, rejectedRows } from "./deadletter";
import { RETENTION } from "./preprocess";
import type { Scope } from "./scope";

/** What Pub/Sub adds to a row; without these columns it writes none: https://cloud.google.com/pubsub/docs/bigquery#write_metadata */
const METADATA_COLUMNS = [
  { name: "subscription_name", type: "STRING", mode: "NULLABLE" },
  { name: "message_id", type: "STRING", mode: "NULLABLE" },
  { name: "publish_time", type: "TIMESTAMP", mode: "NULLABLE" },
  { name: "attributes", type: "JSON", mode: "NULLABLE" },
];

const MS_PER_DAY = 86_400_000;

export interface Results {
  /** What the function publishes rows to. */
  topic: Topic;
  /** Writes them to the table. */
  subscription: Subscription;
  /** Keeps rows that BigQuery refuses. */
  rejected: Subscription;
}

/** Predictions in a BigQuery table, which Pub/Sub writes: the function needs neither the client nor the rights. */
export function results(scope: Scope, config: GcpConfig, identity: ServiceIdentity, exporter: Exporter): Results {
  const { project, region, labels } = scope;
  const { account, token } = exporter;
  const topic = new Topic(
    ...scope.inner("resultsTopic", { messageStoragePolicy: { allowedPersistenceRegions: [region] }, labels }),
  );
  const table = tableOf(scope, config);
  const right = new IamMember(
    ...scope.inner("resultsTableGrant", {
      project,
      datasetId: table.datasetId,
      tableId: table.tableId,
      role: "roles/bigquery.dataEditor",
      member: account.member,
    }),
  );
  const rejected = rejectedRows(scope, identity);
  const subscription = new Subscription(
    ...scope.inner(
      "results",
      {
        topic: topic.id,
        ackDeadlineSeconds: 60,
        messageRetentionDuration: RETENTION,
        expirationPolicy: { ttl: "" },
        retryPolicy: { minimumBackoff: "10s", maximumBackoff: "600s" },
        // Without it one bad row would hold up its subscription until it expires, and nothing would say so.
        deadLetterPolicy: { deadLetterTopic: rejected.topic.id, maxDeliveryAttempts: 10 },
        bigqueryConfig: {
          table: interpolate`${project}.${table.datasetId}.${table.tableId}`,
          useTableSchema: true,
          dropUnknownFields: true,
          writeMetadata: true,
          serviceAccountEmail: account.email,
        },
        labels,
      },
      { dependsOn: [token, right, rejected.grant] },
    ),
  );
  mayMoveFrom(scope, "resultsMoveGrant", subscription.name, identity);
  return { topic, subscription, rejected: rejected.hold };
}

/** At least once: whoever counts takes one row of each `event_id`. */
function tableOf(scope: Scope, { forceDestroy, deletionProtection, bigqueryDays }: GcpConfig): Table {
  const { region, labels, keep } = scope;
  const dataset = new Dataset(
    ...scope.inner(
      "dataset",
      {
        // The service takes underscores in place of dashes.
        datasetId: scope.fixedName("dataset", "results").replaceAll("-", "_"),
        location: region,
        storageBillingModel: "PHYSICAL",
        deleteContentsOnDestroy: forceDestroy,
        labels,
      },
      keep,
    ),
  );
  return new Table(
    ...scope.inner(
      "resultsTable",
      {
        datasetId: dataset.datasetId,
        tableId: "predictions",
        schema: JSON.stringify([...RESULT_COLUMNS, ...METADATA_COLUMNS]),
        timePartitioning: {
          type: "DAY",
          field: "stored_at",
          ...(bigqueryDays === undefined ? {} : { expirationMs: bigqueryDays * MS_PER_DAY }),
        },
        clusterings: ["event_key"],
        // On by default, and then a stack cannot be destroyed.
        deletionProtection,
        labels,
      },
      keep,
    ),
  );
}
