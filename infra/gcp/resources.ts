import type * as artifactregistry from "@pulumi/gcp/artifactregistry";
import type * as bigquery from "@pulumi/gcp/bigquery";
import type * as billing from "@pulumi/gcp/billing";
import type * as cloudfunctions from "@pulumi/gcp/cloudfunctionsv2";
import type * as cloudrun from "@pulumi/gcp/cloudrunv2";
import type * as firestore from "@pulumi/gcp/firestore";
import type * as logging from "@pulumi/gcp/logging";
import type * as monitoring from "@pulumi/gcp/monitoring";
import type * as projects from "@pulumi/gcp/projects";
import type * as pubsub from "@pulumi/gcp/pubsub";
import type * as serviceaccount from "@pulumi/gcp/serviceaccount";
import type * as storage from "@pulumi/gcp/storage";
import type * as vertex from "@pulumi/gcp/vertex";
import type { Transforms } from "../scope";
import type { VertexModelArgs } from "./vertex/model";

/** Every resource of a Google Cloud pipeline, by the name that a transform uses, with its arguments. */
export interface GcpResources {
  /** Every API of the project that is switched on; a function can tell them apart by name. */
  service: projects.ServiceArgs;
  pubsubIdentity: projects.ServiceIdentityArgs;

  functionAccount: serviceaccount.AccountArgs;
  buildAccount: serviceaccount.AccountArgs;
  pushAccount: serviceaccount.AccountArgs;
  pushTokenGrant: serviceaccount.IAMMemberArgs;
  /** With `archive` or `bigquery`. */
  exportAccount: serviceaccount.AccountArgs;
  exportTokenGrant: serviceaccount.IAMMemberArgs;

  topic: pubsub.TopicArgs;

  deadTopic: pubsub.TopicArgs;
  deadTopicGrant: pubsub.TopicIAMMemberArgs;
  hold: pubsub.SubscriptionArgs;

  /** The archive, with `archive`. */
  archiveBucket: storage.BucketArgs;
  archiveWriteGrant: storage.BucketIAMMemberArgs;
  archiveReadGrant: storage.BucketIAMMemberArgs;
  archive: pubsub.SubscriptionArgs;

  database: firestore.DatabaseArgs;
  /** Every field with settings of its own; a function can tell them apart by name. */
  field: firestore.FieldArgs;

  /** With `bigquery`. */
  resultsTopic: pubsub.TopicArgs;
  dataset: bigquery.DatasetArgs;
  resultsTable: bigquery.TableArgs;
  resultsTableGrant: bigquery.IamMemberArgs;
  results: pubsub.SubscriptionArgs;
  resultsMoveGrant: pubsub.SubscriptionIAMMemberArgs;
  rejectedTopic: pubsub.TopicArgs;
  rejectedTopicGrant: pubsub.TopicIAMMemberArgs;
  rejectedHold: pubsub.SubscriptionArgs;

  /** With actions in the pipeline. */
  actionsTopic: pubsub.TopicArgs;
  actionsGrant: pubsub.TopicIAMMemberArgs;

  /** With `inference: endpoint`. */
  modelAccount: serviceaccount.AccountArgs;
  /** On Cloud Run. */
  modelService: cloudrun.ServiceArgs;
  modelGrant: cloudrun.ServiceIamMemberArgs;
  /** On Vertex AI. */
  endpoint: vertex.AiEndpointArgs;
  deployedModel: VertexModelArgs;
  endpointGrant: vertex.AiEndpointIamMemberArgs;

  storeGrant: projects.IAMMemberArgs;
  deadGrant: pubsub.TopicIAMMemberArgs;
  resultsGrant: pubsub.TopicIAMMemberArgs;

  sourceBucket: storage.BucketArgs;
  source: storage.BucketObjectArgs;
  images: artifactregistry.RepositoryArgs;
  buildLogsGrant: projects.IAMMemberArgs;
  buildImagesGrant: artifactregistry.RepositoryIamMemberArgs;
  buildSourceGrant: projects.IAMMemberArgs;
  function: cloudfunctions.FunctionArgs;
  invokeGrant: cloudrun.ServiceIamMemberArgs;
  push: pubsub.SubscriptionArgs;
  pushMoveGrant: pubsub.SubscriptionIAMMemberArgs;

  /** With `alarmEmail`. */
  alarmEmail: monitoring.NotificationChannelArgs;
  /** Every alarm; a function can tell them apart by name. */
  alarm: monitoring.AlertPolicyArgs;
  pageAlarm: monitoring.AlertPolicyArgs;
  /** Every metric of the function's log; a function can tell them apart by name. */
  metric: logging.MetricArgs;
  dashboard: monitoring.DashboardArgs;
  requestLogs: logging.ProjectExclusionArgs;
  /** With `monthlyBudgetUsd`. */
  budget: billing.BudgetArgs;
}

export type GcpTransforms = Transforms<GcpResources>;
