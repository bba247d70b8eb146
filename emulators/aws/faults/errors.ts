import type { Answer, RequestHead } from "../../http-faults/fault";
import { element, xml } from "../s3/xml";
import { type AwsService, serviceOf } from "./service";

/**
 * What a whole request fails with. `throttled`: too much of it; `unavailable` and `internal`: their fault; `denied`: no right
 * to do it; `expired`: the credentials have ended; `dependency`: something behind the service failed.
 */
export type AwsError = "throttled" | "unavailable" | "internal" | "denied" | "expired" | "dependency";

type ServiceErrors = Record<AwsError, readonly [status: number, code: string, message: string]>;

const SLOW = "Rate exceeded.";
const BUSY = "Service is unable to handle request.";
const INTERNAL = "We encountered an internal error. Please try again.";
const DENIED = "User is not authorized to perform this action.";
const EXPIRED = "The security token included in the request is expired";
const DEPENDENCY = "Internal dependency failure.";

/** Of the services' API references ("Errors" and "Common Errors"); the JSON services answer 400 to all that is the client's. */
export const AWS_ERRORS: Record<AwsService, ServiceErrors> = {
  kinesis: {
    throttled: [400, "ProvisionedThroughputExceededException", SLOW],
    unavailable: [503, "ServiceUnavailable", BUSY],
    internal: [500, "InternalFailure", INTERNAL],
    denied: [400, "AccessDeniedException", DENIED],
    expired: [400, "ExpiredTokenException", EXPIRED],
    dependency: [400, "KMSThrottlingException", SLOW],
  },
  dynamodb: {
    throttled: [400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", SLOW],
    unavailable: [503, "com.amazonaws.dynamodb.v20120810#ServiceUnavailable", BUSY],
    internal: [500, "com.amazonaws.dynamodb.v20120810#InternalServerError", INTERNAL],
    denied: [400, "com.amazon.coral.service#AccessDeniedException", DENIED],
    expired: [400, "com.amazon.coral.service#ExpiredTokenException", EXPIRED],
    dependency: [400, "com.amazon.coral.availability#ThrottlingException", SLOW],
  },
  s3: {
    throttled: [503, "SlowDown", "Please reduce your request rate."],
    unavailable: [503, "ServiceUnavailable", BUSY],
    internal: [500, "InternalError", INTERNAL],
    denied: [403, "AccessDenied", "Access Denied"],
    expired: [400, "ExpiredToken", "The provided token has expired."],
    dependency: [400, "KMS.ThrottlingException", SLOW],
  },
  eventbridge: {
    throttled: [400, "ThrottlingException", SLOW],
    unavailable: [503, "ServiceUnavailable", BUSY],
    internal: [500, "InternalException", INTERNAL],
    denied: [400, "AccessDeniedException", DENIED],
    expired: [400, "ExpiredTokenException", EXPIRED],
    dependency: [500, "InternalException", DEPENDENCY],
  },
  sagemaker: {
    throttled: [429, "ThrottlingException", SLOW],
    unavailable: [503, "ServiceUnavailable", BUSY],
    internal: [500, "InternalFailure", INTERNAL],
    denied: [403, "AccessDeniedException", DENIED],
    expired: [403, "ExpiredTokenException", EXPIRED],
    dependency: [530, "InternalDependencyException", DEPENDENCY],
  },
};

/** The answer that the service of this request gives. */
export function errorAnswer(request: RequestHead, error: AwsError): Answer {
  const service = serviceOf(request);
  const [status, code, message] = AWS_ERRORS[service][error];
  if (service === "s3") {
    const body = xml("Error", [element("Code", code), element("Message", message), element("RequestId", "0")]);
    return { status, headers: { "content-type": "application/xml" }, body: request.method === "HEAD" ? "" : body };
  }
  if (service === "sagemaker") {
    const headers = { "content-type": "application/json", "x-amzn-errortype": code };
    return { status, headers, body: JSON.stringify({ Message: message }) };
  }
  const headers = { "content-type": `application/x-amz-json-${service === "dynamodb" ? "1.0" : "1.1"}` };
  return { status, headers, body: JSON.stringify({ __type: code, message }) };
}
