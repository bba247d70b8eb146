import type { RequestHead } from "../../http-faults/fault";

export type AwsService = "kinesis" | "dynamodb" | "s3" | "eventbridge" | "sagemaker";

const TARGETS: Record<string, AwsService> = {
  Kinesis_20131202: "kinesis",
  DynamoDB_20120810: "dynamodb",
  AWSEvents: "eventbridge",
};

/** Which service a request is for, as its protocol tells. */
export function serviceOf({ headers, path }: RequestHead): AwsService {
  const [prefix = ""] = String(headers["x-amz-target"] ?? "").split(".");
  return TARGETS[prefix] ?? (path.startsWith("/endpoints/") ? "sagemaker" : "s3");
}

/** The operation of the JSON protocol, such as `PutRecords`; undefined if there is none. */
export function operationOf({ headers }: RequestHead): string | undefined {
  return String(headers["x-amz-target"] ?? "").split(".")[1];
}
