/** The resources as the API describes them (https://cloud.google.com/pubsub/docs/reference/rest/v1), less what is refused. */

export interface TopicOf<Duration> {
  /** `projects/P/topics/T`. */
  name: string;
  labels?: Record<string, string> | undefined;
  /** How long a message can be sought back to, acknowledged or not. Absent: not at all. */
  messageRetentionDuration?: Duration | undefined;
  messageStoragePolicy?: object | undefined;
}

export interface PushConfig {
  /** Empty or absent: the subscription is pulled. */
  pushEndpoint?: string | undefined;
  attributes?: Record<string, string> | undefined;
  oidcToken?: { serviceAccountEmail: string; audience?: string | undefined } | undefined;
}

export interface CloudStorageConfigOf<Duration> {
  bucket: string;
  filenamePrefix?: string | undefined;
  filenameSuffix?: string | undefined;
  /** Default `YYYY-MM-DDThh:mm:ss+00:00`. */
  filenameDatetimeFormat?: string | undefined;
  /** Absent: text, one message a line. */
  avroConfig?: { writeMetadata?: boolean | undefined } | undefined;
  textConfig?: object | undefined;
  /** Default 300 s. */
  maxDuration?: Duration | undefined;
  maxBytes?: number | undefined;
  maxMessages?: number | undefined;
  serviceAccountEmail?: string | undefined;
}

export interface BigQueryConfig {
  /** `project.dataset.table`. */
  table: string;
  /** The data is a JSON object whose fields are columns. Absent: the data goes to the column `data`. */
  useTableSchema?: boolean | undefined;
  writeMetadata?: boolean | undefined;
  dropUnknownFields?: boolean | undefined;
  serviceAccountEmail?: string | undefined;
}

export interface SubscriptionOf<Duration> {
  /** `projects/P/subscriptions/S`. */
  name: string;
  /** `projects/P/topics/T`. */
  topic: string;
  /** 10 to 600. Default 10. */
  ackDeadlineSeconds?: number | undefined;
  /** 10 minutes to 31 days. Default 7 days. */
  messageRetentionDuration?: Duration | undefined;
  retainAckedMessages?: boolean | undefined;
  enableMessageOrdering?: boolean | undefined;
  labels?: Record<string, string> | undefined;
  /** Stored; nothing expires here. */
  expirationPolicy?: { ttl?: Duration | undefined } | undefined;
  /** Absent: what is not acknowledged comes again at once. */
  retryPolicy?: { minimumBackoff?: Duration | undefined; maximumBackoff?: Duration | undefined } | undefined;
  deadLetterPolicy?: { deadLetterTopic: string; maxDeliveryAttempts?: number | undefined } | undefined;
  pushConfig?: PushConfig | undefined;
  cloudStorageConfig?: CloudStorageConfigOf<Duration> | undefined;
  bigqueryConfig?: BigQueryConfig | undefined;
}

/** Durations in milliseconds. */
export type Topic = TopicOf<number>;
export type SubscriptionRequest = SubscriptionOf<number>;

/** With every default filled in. */
export interface Subscription extends SubscriptionRequest {
  ackDeadlineSeconds: number;
  messageRetentionDuration: number;
  retryPolicy?: { minimumBackoff: number; maximumBackoff: number } | undefined;
  deadLetterPolicy?: { deadLetterTopic: string; maxDeliveryAttempts: number } | undefined;
  /** In error while an export finds its destination not as it should be. */
  state: "ACTIVE" | "RESOURCE_ERROR";
}

/** Durations as JSON has them, `"600s"`. */
export type TopicJson = TopicOf<string>;
export type SubscriptionJson = SubscriptionOf<string>;
