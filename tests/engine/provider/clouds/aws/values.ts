import type { Templates } from "../template";

const BUCKET_PART: Templates = { id: "{bucket}" };
const lambda = (resource: string) => `arn:aws:lambda:{region}:{account}:function:${resource}`;
const invocation = (arn: string) => `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/${arn}/invocations`;

/** Where AWS puts its resources' ids, ARNs and other answers. `{x}` may also be one of the facts in answers.ts. */
export const TEMPLATES: Readonly<Record<string, Templates>> = {
  "aws:appautoscaling/policy:Policy": {
    id: "{name}",
    name: "{serviceNamespace}/{resourceId}/{scalableDimension}/{name}",
    outputs: {
      arn: "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{uuid}:resource/{serviceNamespace}/{resourceId}:policyName/{name}",
    },
  },
  "aws:appautoscaling/target:Target": {
    id: "{resourceId}",
    name: "{serviceNamespace}/{resourceId}/{scalableDimension}",
    outputs: {
      arn: "arn:aws:application-autoscaling:{region}:{account}:scalable-target/{digest}",
      roleArn:
        "arn:aws:iam::{account}:role/aws-service-role/{serviceNamespace}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling",
    },
  },
  "aws:budgets/budget:Budget": {
    id: "{account}:{name}",
    outputs: { accountId: "{account}", arn: "arn:aws:budgets::{account}:budget/{name}" },
  },
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": {
    id: "{alarmName}",
    outputs: { arn: "arn:aws:cloudwatch:{region}:{account}:alarm:{alarmName}" },
  },
  "aws:cloudwatch/dashboard:Dashboard": {
    id: "{dashboardName}",
    outputs: { dashboardArn: "arn:aws:cloudwatch::{account}:dashboard/{dashboardName}" },
  },
  "aws:cloudwatch/eventBus:EventBus": {
    id: "{name}",
    outputs: { arn: "arn:aws:events:{region}:{account}:event-bus/{name}" },
  },
  "aws:cloudwatch/eventRule:EventRule": {
    id: "{eventBusName}/{name}",
    outputs: { arn: "arn:aws:events:{region}:{account}:rule/{eventBusName}/{name}" },
  },
  "aws:cloudwatch/eventTarget:EventTarget": {
    id: "{eventBusName}-{rule}-{targetId}",
    outputs: { targetId: "{uuid}" },
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    id: "{name}",
    outputs: { arn: "arn:aws:logs:{region}:{account}:log-group:{name}", logGroupClass: "STANDARD" },
  },
  "aws:cloudwatch/logStream:LogStream": {
    id: "{name}",
    name: "{logGroupName}/{name}",
    outputs: { arn: "arn:aws:logs:{region}:{account}:log-group:{logGroupName}:log-stream:{name}" },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    id: "{name}",
    outputs: { arn: "arn:aws:cloudwatch:{region}:{account}:alarm:{name}" },
  },
  "aws:dynamodb/table:Table": {
    id: "{name}",
    outputs: {
      arn: "arn:aws:dynamodb:{region}:{account}:table/{name}",
      streamArn: "arn:aws:dynamodb:{region}:{account}:table/{name}/stream/{streamLabel}",
      streamLabel: "{date}",
    },
  },
  "aws:iam/role:Role": {
    id: "{name}",
    outputs: { arn: "arn:aws:iam::{account}:role/{name}", createDate: "{date}Z", uniqueId: "AROA{DIGEST}" },
  },
  "aws:iam/rolePolicy:RolePolicy": { id: "{role}:{name}" },
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
    id: "{arn}",
    outputs: {
      arn: "arn:aws:firehose:{region}:{account}:deliverystream/{name}",
      destinationId: "destinationId-000000000001",
      versionId: "{revision}",
    },
  },
  "aws:kinesis/stream:Stream": {
    id: "{arn}",
    outputs: { arn: "arn:aws:kinesis:{region}:{account}:stream/{name}", maxRecordSizeInKib: 1024 },
  },
  "aws:kms/alias:Alias": {
    id: "{name}",
    outputs: {
      arn: "arn:aws:kms:{region}:{account}:{name}",
      targetKeyArn: "arn:aws:kms:{region}:{account}:key/{targetKey}",
    },
  },
  "aws:kms/key:Key": {
    id: "{keyId}",
    outputs: { arn: "arn:aws:kms:{region}:{account}:key/{keyId}", keyId: "{uuid}", rotationPeriodInDays: 365 },
  },
  "aws:lambda/alias:Alias": {
    id: "{arn}",
    outputs: { arn: lambda("{function}:{name}"), invokeArn: invocation("{arn}") },
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    id: "{uuid}",
    name: "{eventSourceArn} -> {functionArn}",
    outputs: {
      arn: "arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}",
      functionArn: lambda("{function}"),
      lastModified: "{date}Z",
      lastProcessingResult: "No records processed",
      maximumRecordAgeInSeconds: -1,
      maximumRetryAttempts: -1,
      parallelizationFactor: 1,
      state: "Enabled",
      stateTransitionReason: "User action",
      uuid: "{uuid}",
    },
  },
  "aws:lambda/function:Function": {
    id: "{name}",
    outputs: {
      architectures: ["x86_64"],
      arn: lambda("{name}"),
      codeSha256: "{codeHash}",
      ephemeralStorage: { size: 512 },
      invokeArn: invocation("{arn}"),
      lastModified: "{date}+0000",
      loggingConfig: { logFormat: "Text", logGroup: "/aws/lambda/{name}" },
      qualifiedArn: "{arn}:{version}",
      qualifiedInvokeArn: invocation("{qualifiedArn}"),
      responseStreamingInvokeArn:
        "arn:aws:apigateway:{region}:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations",
      signingJobArn: "",
      signingProfileVersionArn: "",
      sourceCodeHash: "{codeHash}",
      sourceCodeSize: 1_048_576,
      tracingConfig: { mode: "PassThrough" },
      version: "{version}",
    },
  },
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": { id: "{functionName},{qualifier}" },
  "aws:s3/bucket:Bucket": {
    id: "{bucket}",
    outputs: {
      arn: "arn:aws:s3:::{bucket}",
      bucketDomainName: "{bucket}.s3.amazonaws.com",
      bucketRegion: "{region}",
      bucketRegionalDomainName: "{bucket}.s3.{region}.amazonaws.com",
      hostedZoneId: "Z21DNDUVLTQW6Q",
      requestPayer: "BucketOwner",
    },
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    ...BUCKET_PART,
    outputs: { transitionDefaultMinimumObjectSize: "all_storage_classes_128K" },
  },
  "aws:s3/bucketLogging:BucketLogging": BUCKET_PART,
  "aws:s3/bucketNotification:BucketNotification": BUCKET_PART,
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    id: "{bucket}/{key}",
    outputs: {
      arn: "arn:aws:s3:::{bucket}/{key}",
      contentType: "application/octet-stream",
      etag: "{contentHash}",
      serverSideEncryption: "AES256",
      storageClass: "STANDARD",
      versionId: "{contentHash}",
    },
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": BUCKET_PART,
  "aws:s3/bucketPolicy:BucketPolicy": BUCKET_PART,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": BUCKET_PART,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": BUCKET_PART,
  "aws:s3/bucketVersioning:BucketVersioning": BUCKET_PART,
  "aws:sagemaker/endpoint:Endpoint": {
    id: "{name}",
    outputs: { arn: "arn:aws:sagemaker:{region}:{account}:endpoint/{name}" },
  },
  "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
    id: "{name}",
    outputs: { arn: "arn:aws:sagemaker:{region}:{account}:endpoint-config/{name}" },
  },
  "aws:sagemaker/model:Model": {
    id: "{name}",
    outputs: { arn: "arn:aws:sagemaker:{region}:{account}:model/{name}" },
  },
  "aws:sns/topic:Topic": {
    id: "{arn}",
    outputs: { arn: "arn:aws:sns:{region}:{account}:{name}", beginningArchiveTime: "", owner: "{account}" },
  },
  "aws:sns/topicPolicy:TopicPolicy": { id: "{arn}", outputs: { owner: "{account}" } },
  "aws:sns/topicSubscription:TopicSubscription": {
    id: "{arn}",
    name: "{topic}/{protocol}/{endpoint}",
    outputs: { arn: "{topic}:{uuid}", filterPolicyScope: "MessageAttributes", ownerId: "{account}" },
  },
  "aws:sqs/queue:Queue": {
    id: "{url}",
    outputs: {
      arn: "arn:aws:sqs:{region}:{account}:{name}",
      kmsDataKeyReusePeriodSeconds: 300,
      url: "https://sqs.{region}.amazonaws.com/{account}/{name}",
    },
  },
  "aws:sqs/queuePolicy:QueuePolicy": { id: "{queueUrl}" },
};
