import type { Cloud, Live } from "../../cloud";
import type { Properties } from "../../values";
import type { Subject } from "../dialect";
import { missingReference, type Reference } from "../reference";

const BUCKET: Reference = { property: "bucket", types: ["aws:s3/bucket:Bucket"], by: ["id"] };
const ROLE: Reference = { property: "role", types: ["aws:iam/role:Role"], by: ["id", "arn"] };
const FUNCTION = "aws:lambda/function:Function";

const REFERENCES: Readonly<Record<string, readonly Reference[]>> = {
  "aws:cloudwatch/logStream:LogStream": [
    { property: "logGroupName", types: ["aws:cloudwatch/logGroup:LogGroup"], by: ["id"] },
  ],
  "aws:iam/rolePolicy:RolePolicy": [ROLE],
  "aws:kms/alias:Alias": [{ property: "targetKeyId", types: ["aws:kms/key:Key"], by: ["id", "arn"] }],
  "aws:lambda/alias:Alias": [{ property: "functionName", types: [FUNCTION], by: ["id", "arn"] }],
  "aws:lambda/function:Function": [{ ...ROLE, by: ["arn"] }],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [BUCKET],
  "aws:s3/bucketLogging:BucketLogging": [BUCKET],
  "aws:s3/bucketNotification:BucketNotification": [BUCKET],
  "aws:s3/bucketObjectv2:BucketObjectv2": [BUCKET],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [BUCKET],
  "aws:s3/bucketPolicy:BucketPolicy": [BUCKET],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [BUCKET],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [BUCKET],
  "aws:s3/bucketVersioning:BucketVersioning": [BUCKET],
  "aws:sagemaker/endpoint:Endpoint": [
    {
      property: "endpointConfigName",
      types: ["aws:sagemaker/endpointConfiguration:EndpointConfiguration"],
      by: ["id"],
    },
  ],
  "aws:sns/topicPolicy:TopicPolicy": [{ property: "arn", types: ["aws:sns/topic:Topic"], by: ["arn"] }],
  "aws:sns/topicSubscription:TopicSubscription": [{ property: "topic", types: ["aws:sns/topic:Topic"], by: ["arn"] }],
  "aws:sqs/queuePolicy:QueuePolicy": [{ property: "queueUrl", types: ["aws:sqs/queue:Queue"], by: ["id"] }],
};

/** An action that a role has to be allowed before the resource that uses the role can be made. */
const PERMISSIONS: Readonly<Record<string, { role: (inputs: Properties, cloud: Cloud) => unknown; action: string }>> = {
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
    role: (inputs) => (inputs["kinesisSourceConfiguration"] as Properties | undefined)?.["roleArn"],
    action: "kinesis:GetRecords",
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    role: (inputs, cloud) => functionOf(inputs, cloud)?.inputs["role"],
    action: "kinesis:GetRecords",
  },
  "aws:sagemaker/model:Model": { role: (inputs) => inputs["executionRoleArn"], action: "s3:GetObject" },
};

/** IAM is eventually consistent. Anything above 0 shows a program that does not wait for a role's policies. */
export function settleMs(type: string): number {
  return type === "aws:iam/rolePolicy:RolePolicy" ? 100 : 0;
}

/** AWS's answer to a resource that cannot be made as things are. */
export function refuseCreate({ type, inputs }: Subject, cloud: Cloud): string | undefined {
  const missing = missingReference(REFERENCES[type] ?? [], inputs, cloud);
  if (missing !== undefined) return `ResourceNotFoundException: ${missing}`;
  const permission = PERMISSIONS[type];
  const role = permission?.role(inputs, cloud);
  if (permission && role !== undefined && !isAllowed(String(role), permission.action, cloud))
    return `InvalidParameterValueException: the role ${String(role)} has no permission to call ${permission.action}`;
  if (type === "aws:lambda/alias:Alias") return refuseVersion(inputs, cloud);
  if (type.startsWith("aws:lambda/provisionedConcurrencyConfig")) return refuseConcurrency(inputs, cloud);
  return undefined;
}

/** AWS's answer to a resource that cannot be deleted as it is. */
export function refuseDelete(live: Live, cloud: Cloud): string | undefined {
  if (live.inputs["deletionProtectionEnabled"] === true)
    return `ValidationException: Resource cannot be deleted as it is currently protected against deletion: ${live.id}`;
  const uses = (type: string, property: string, value: unknown) =>
    cloud.list(type).some((other) => other.inputs[property] === value);
  if (
    live.type === "aws:cloudwatch/eventBus:EventBus" &&
    uses("aws:cloudwatch/eventRule:EventRule", "eventBusName", live.id)
  )
    return `ValidationException: Cannot delete event bus with rules: ${live.id}`;
  if (
    live.type === "aws:s3/bucket:Bucket" &&
    live.inputs["forceDestroy"] !== true &&
    uses("aws:s3/bucketObjectv2:BucketObjectv2", "bucket", live.id)
  )
    return `BucketNotEmpty: The bucket you tried to delete is not empty: ${live.id}`;
  return undefined;
}

function refuseVersion(inputs: Properties, cloud: Cloud): string | undefined {
  const version = inputs["functionVersion"];
  if (version === "$LATEST" || Number(version) <= Number(functionOf(inputs, cloud)?.outputs["version"]))
    return undefined;
  return `ResourceNotFoundException: Function version ${String(version)} does not exist`;
}

function refuseConcurrency(inputs: Properties, cloud: Cloud): string | undefined {
  const reserved = functionOf(inputs, cloud)?.inputs["reservedConcurrentExecutions"];
  const wanted = inputs["provisionedConcurrentExecutions"];
  if (reserved === undefined || Number(reserved) < 0 || Number(wanted) <= Number(reserved)) return undefined;
  return `InvalidParameterValueException: provisioned concurrency ${wanted} is greater than the reserved concurrency ${reserved}`;
}

/** The function that `functionName` means: its name, its ARN, or the ARN of one of its aliases. */
function functionOf(inputs: Properties, cloud: Cloud): Live | undefined {
  const name = String(inputs["functionName"])
    .replace(/^arn:.*?:function:/, "")
    .split(":")[0];
  return cloud.list(FUNCTION).find((live) => live.id === name);
}

/** Whether one of a role's policies names the action. */
function isAllowed(role: string, action: string, cloud: Cloud): boolean {
  const name = role.split("/").pop();
  const inline = JSON.stringify(cloud.get("aws:iam/role:Role", name ?? "")?.inputs["inlinePolicies"] ?? "");
  const policies = cloud.list("aws:iam/rolePolicy:RolePolicy").filter(({ inputs }) => inputs["role"] === name);
  return [inline, ...policies.map(({ outputs }) => String(outputs["policy"]))].some((text) => text.includes(action));
}
