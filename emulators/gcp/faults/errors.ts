import { ApiFault } from "../../api-fault";
import { httpStatus, type StatusName } from "../../grpc/status";
import type { Answer, RequestHead } from "../../http-faults/fault";
import { apiFaultBody } from "../api-fault";

/**
 * What a whole request fails with. `throttled`: too much of it; `unavailable` and `internal`: their fault; `deadline`: it took
 * too long; `denied`: no right to do it; `expired`: the credentials have ended; `aborted`: somebody else was faster.
 */
export type GcpError = "throttled" | "unavailable" | "internal" | "deadline" | "denied" | "expired" | "aborted";

interface ErrorForm {
  status: StatusName;
  /** In the form that Cloud Storage and BigQuery have. */
  reason: string;
  message: string;
}

/** https://cloud.google.com/apis/design/errors and https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export const GCP_ERRORS: Record<GcpError, ErrorForm> = {
  throttled: {
    status: "RESOURCE_EXHAUSTED",
    reason: "rateLimitExceeded",
    message: "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'.",
  },
  unavailable: { status: "UNAVAILABLE", reason: "backendError", message: "The service is currently unavailable." },
  internal: { status: "INTERNAL", reason: "internalError", message: "Internal error encountered." },
  deadline: {
    status: "DEADLINE_EXCEEDED",
    reason: "gatewayTimeout",
    message: "Deadline expired before operation could complete.",
  },
  denied: { status: "PERMISSION_DENIED", reason: "forbidden", message: "Missing or insufficient permissions." },
  expired: {
    status: "UNAUTHENTICATED",
    reason: "authError",
    message:
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
  },
  aborted: {
    status: "ABORTED",
    reason: "conflict",
    message: "Too much contention on these documents. Please try again.",
  },
};

/** What a throttled client is told to wait, seconds. */
export const RETRY_AFTER_S = 1;

/** The answer that the service of this request gives. */
export function errorAnswer(request: RequestHead, error: GcpError): Answer {
  const { status, reason, message } = GCP_ERRORS[error];
  const code = httpStatus(status);
  const isThrottled = error === "throttled";
  const headers = {
    "content-type": "application/json; charset=UTF-8",
    ...(isThrottled ? { "retry-after": String(RETRY_AFTER_S) } : {}),
  };
  if (isOlderApi(request.path))
    return { status: code, headers, body: JSON.stringify(apiFaultBody(new ApiFault(code, reason, message))) };
  const details = isThrottled
    ? { details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${RETRY_AFTER_S}s` }] }
    : {};
  const body = { error: { code, message, status, ...details } };
  return { status: code, headers, body: JSON.stringify(isStreaming(request.path) ? [body] : body) };
}

/** Cloud Storage and BigQuery are older than google.rpc.Status. */
function isOlderApi(path: string): boolean {
  return /^(\/(upload|download))?\/storage\/v1\//.test(path) || /\/datasets(\/|$|\?)/.test(path);
}

/** Of Firestore's methods, those that stream their answer have an array, also for an error. */
function isStreaming(path: string): boolean {
  return /:(runQuery|batchGet|runAggregationQuery)$/.test(path);
}
