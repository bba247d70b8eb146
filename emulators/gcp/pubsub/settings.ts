import { RpcError } from "../../grpc";
import { checkName } from "./names";
import { checkDatetimeFormat } from "./object-name";
import type { BigQueryConfig, CloudStorageConfigOf, PushConfig, Subscription, SubscriptionRequest } from "./resources";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

/** What the emulator has no answer to: better no subscription than one that behaves differently. */
const UNSUPPORTED = ["filter", "enableExactlyOnceDelivery", "messageTransforms", "bigtableConfig", "detached"] as const;

/** Checks a subscription as the service does, and fills in its defaults. */
export function readSubscription(request: SubscriptionRequest): Subscription {
  checkName("subscriptions", request.name);
  refuse(request, UNSUPPORTED);
  const ackDeadlineSeconds = request.ackDeadlineSeconds || 10;
  between("ack_deadline_seconds", ackDeadlineSeconds, 10, 600);
  const messageRetentionDuration = request.messageRetentionDuration ?? 7 * DAY;
  between("message_retention_duration", messageRetentionDuration, 10 * MINUTE, 31 * DAY);
  const ttl = request.expirationPolicy === undefined ? 31 * DAY : request.expirationPolicy.ttl;
  if (ttl !== undefined) between("expiration_policy.ttl", ttl, DAY, Number.MAX_SAFE_INTEGER);
  checkDelivery(request, ackDeadlineSeconds * SECOND);
  return {
    ...request,
    ackDeadlineSeconds,
    messageRetentionDuration,
    expirationPolicy: { ttl },
    retryPolicy: readRetryPolicy(request),
    deadLetterPolicy: readDeadLetterPolicy(request),
    state: "ACTIVE",
  };
}

function readRetryPolicy({ retryPolicy }: SubscriptionRequest): Subscription["retryPolicy"] {
  if (retryPolicy === undefined) return undefined;
  const { minimumBackoff = 10 * SECOND, maximumBackoff = 600 * SECOND } = retryPolicy;
  between("retry_policy.minimum_backoff", minimumBackoff, 0, 600 * SECOND);
  between("retry_policy.maximum_backoff", maximumBackoff, minimumBackoff, 600 * SECOND);
  return { minimumBackoff, maximumBackoff };
}

function readDeadLetterPolicy({ deadLetterPolicy }: SubscriptionRequest): Subscription["deadLetterPolicy"] {
  if (deadLetterPolicy === undefined) return undefined;
  const maxDeliveryAttempts = deadLetterPolicy.maxDeliveryAttempts || 5;
  between("dead_letter_policy.max_delivery_attempts", maxDeliveryAttempts, 5, 100);
  return { deadLetterTopic: checkName("topics", deadLetterPolicy.deadLetterTopic), maxDeliveryAttempts };
}

/** One way to deliver, or none: then the subscription is pulled. */
function checkDelivery(request: SubscriptionRequest, ackDeadline: number): void {
  const { pushConfig, cloudStorageConfig, bigqueryConfig } = request;
  const ways = [pushConfig?.pushEndpoint, cloudStorageConfig, bigqueryConfig].filter(Boolean);
  if (ways.length > 1)
    throw invalid("A subscription has at most one of push_config, bigquery_config, cloud_storage_config.");
  if (pushConfig !== undefined) checkPush(pushConfig);
  if (cloudStorageConfig !== undefined) checkStorage(cloudStorageConfig, ackDeadline);
  if (bigqueryConfig !== undefined) checkBigQuery(bigqueryConfig);
}

export function checkPush(config: PushConfig): void {
  refuse(config, ["noWrapper"]);
  const { pushEndpoint, oidcToken } = config;
  // The service takes HTTPS alone; on one machine there is none.
  if (pushEndpoint && !(URL.canParse(pushEndpoint) && /^https?:/.test(pushEndpoint)))
    throw invalid(`Invalid push endpoint given (endpoint=${pushEndpoint}).`);
  if (oidcToken !== undefined && !oidcToken.serviceAccountEmail)
    throw invalid("An OIDC token needs a service account email.");
}

function checkStorage(config: CloudStorageConfigOf<number>, ackDeadline: number): void {
  const { bucket, filenameSuffix = "", filenameDatetimeFormat, maxDuration = 300 * SECOND } = config;
  if (!bucket) throw invalid("The Cloud Storage bucket is missing.");
  if (filenameSuffix.endsWith("/")) throw invalid('The filename suffix must not end in "/".');
  if (filenameDatetimeFormat) checkDatetimeFormat(filenameDatetimeFormat);
  between("cloud_storage_config.max_duration", maxDuration, MINUTE, 10 * MINUTE);
  if (maxDuration > ackDeadline)
    throw invalid("max_duration must not exceed the subscription's acknowledgment deadline.");
  if (config.maxBytes) between("cloud_storage_config.max_bytes", config.maxBytes, 1000, 10 * 1024 ** 3);
  if (config.maxMessages)
    between("cloud_storage_config.max_messages", config.maxMessages, 1000, Number.MAX_SAFE_INTEGER);
}

function checkBigQuery(config: BigQueryConfig): void {
  refuse(config, ["useTopicSchema"]);
  if (!/^[^.:]+[.:][^.]+\.[^.]+$/.test(config.table ?? ""))
    throw invalid(`Invalid BigQuery table (table=${config.table}).`);
}

function refuse(request: object, fields: readonly string[]): void {
  const values = request as Record<string, unknown>;
  for (const field of fields) {
    const value = values[field];
    const isSet = Array.isArray(value) ? value.length > 0 : Boolean(value);
    if (isSet) throw new RpcError("UNIMPLEMENTED", `The emulator does not support ${field}.`);
  }
}

function between(field: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) throw invalid(`Invalid ${field}: it must be between ${low} and ${high}.`);
}

function invalid(message: string): RpcError {
  return new RpcError("INVALID_ARGUMENT", message);
}
