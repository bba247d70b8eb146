import type * as appautoscaling from "@pulumi/aws/appautoscaling";
import type * as budgets from "@pulumi/aws/budgets";
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as dynamodb from "@pulumi/aws/dynamodb";
import type * as iam from "@pulumi/aws/iam";
import type * as kinesis from "@pulumi/aws/kinesis";
import type * as kms from "@pulumi/aws/kms";
import type * as lambda from "@pulumi/aws/lambda";
import type * as s3 from "@pulumi/aws/s3";
import type * as sagemaker from "@pulumi/aws/sagemaker";
import type * as sns from "@pulumi/aws/sns";
import type * as sqs from "@pulumi/aws/sqs";
import type { Transforms } from "../scope";

/** Every resource of an AWS pipeline, by the name that a transform uses, with its arguments. */
export interface AwsResources {
  key: kms.KeyArgs;
  keyAlias: kms.AliasArgs;

  stream: kinesis.StreamArgs;

  bucket: s3.BucketArgs;
  bucketPublicAccessBlock: s3.BucketPublicAccessBlockArgs;
  bucketOwnership: s3.BucketOwnershipControlsArgs;
  bucketEncryption: s3.BucketServerSideEncryptionConfigurationArgs;
  bucketVersioning: s3.BucketVersioningArgs;
  bucketLifecycle: s3.BucketLifecycleConfigurationArgs;
  bucketPolicy: s3.BucketPolicyArgs;
  /** With `accessLogBucket`. */
  bucketLogging: s3.BucketLoggingArgs;

  /** Tells of dead letters. */
  deadLetterQueue: sqs.QueueArgs;
  deadLetterQueuePolicy: sqs.QueuePolicyArgs;
  bucketNotification: s3.BucketNotificationArgs;

  /** The archive, with `archive`. */
  archiveLogs: cloudwatch.LogGroupArgs;
  archiveLogStream: cloudwatch.LogStreamArgs;
  archiveRole: iam.RoleArgs;
  archivePolicy: iam.RolePolicyArgs;
  archive: kinesis.FirehoseDeliveryStreamArgs;

  table: dynamodb.TableArgs;

  alarmTopic: sns.TopicArgs;
  alarmTopicPolicy: sns.TopicPolicyArgs;
  /** With `alarmEmail`. */
  alarmEmail: sns.TopicSubscriptionArgs;

  /** With actions in the pipeline. */
  bus: cloudwatch.EventBusArgs;
  /** With `notifyActions`. */
  actionRule: cloudwatch.EventRuleArgs;
  actionTarget: cloudwatch.EventTargetArgs;

  /** With `inference: endpoint`. */
  modelObject: s3.BucketObjectv2Args;
  modelRole: iam.RoleArgs;
  modelPolicy: iam.RolePolicyArgs;
  model: sagemaker.ModelArgs;
  endpointConfiguration: sagemaker.EndpointConfigurationArgs;
  endpoint: sagemaker.EndpointArgs;
  /** With an `endpointProvisioned` that scales. */
  endpointScalingTarget: appautoscaling.TargetArgs;
  endpointScalingPolicy: appautoscaling.PolicyArgs;

  functionLogs: cloudwatch.LogGroupArgs;
  functionRole: iam.RoleArgs;
  functionPolicy: iam.RolePolicyArgs;
  function: lambda.FunctionArgs;
  alias: lambda.AliasArgs;
  mapping: lambda.EventSourceMappingArgs;
  /** With `provisionedConcurrency`. */
  provisionedConcurrency: lambda.ProvisionedConcurrencyConfigArgs;
  functionScalingTarget: appautoscaling.TargetArgs;
  functionScalingPolicy: appautoscaling.PolicyArgs;

  /** Every alarm; a function can tell them apart by name. */
  alarm: cloudwatch.MetricAlarmArgs;
  pageAlarm: cloudwatch.CompositeAlarmArgs;
  dashboard: cloudwatch.DashboardArgs;
  /** With `monthlyBudgetUsd`. */
  budget: budgets.BudgetArgs;
}

export type AwsTransforms = Transforms<AwsResources>;
