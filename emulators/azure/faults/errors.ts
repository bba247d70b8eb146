import { ApiFault } from "../../api-fault";
import type { Answer, RequestHead } from "../../http-faults/fault";
import { faultAnswer, jsonAnswer } from "../api-fault";
import { CosmosFault, cosmosFaultAnswer } from "../cosmos/fault";
import { storageError } from "../storage/error";
import { type AzureService, serviceOf } from "./service";

/**
 * What a whole request fails with. `throttled`: too much of it; `unavailable` and `internal`: their fault; `timeout`: it took
 * too long; `denied`: no right to do it; `expired`: the token has ended; `conflict`: somebody else was at it.
 */
export type AzureError = "throttled" | "unavailable" | "internal" | "timeout" | "denied" | "expired" | "conflict";

/** What a throttled client is told to wait. */
export const RETRY_AFTER_MS = 10;
const RETRY_AFTER_S = 1;

type Form = readonly [status: number, code: string, message: string];

const SLOW = "The request is throttled. Try again later.";
const INTERNAL = "The server encountered an internal error. Please retry the request.";
const LATE = "The operation could not be completed within the permitted time.";
const DENIED = "This request is not authorized to perform this operation.";
const EXPIRED = "The token has expired.";

/** https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes */
const STORAGE: Record<Exclude<AzureError, "unavailable">, Form> = {
  throttled: [503, "ServerBusy", "Operations per second is over the account limit."],
  internal: [500, "InternalError", INTERNAL],
  timeout: [500, "OperationTimedOut", LATE],
  denied: [403, "AuthorizationPermissionMismatch", DENIED],
  expired: [401, "InvalidAuthenticationInfo", EXPIRED],
  conflict: [409, "PendingCopyOperation", "There is currently a pending copy operation."],
};

/** https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb, with the substatus. */
const COSMOS: Record<AzureError, readonly [status: number, substatus: number | undefined, message: string]> = {
  throttled: [429, 3200, "Request rate is large. More Request Units may be needed, so no changes were made."],
  unavailable: [503, undefined, "Service is currently unavailable."],
  internal: [500, undefined, INTERNAL],
  timeout: [408, undefined, LATE],
  denied: [403, 5300, DENIED],
  expired: [401, undefined, EXPIRED],
  conflict: [449, undefined, "Conflicting request to resource has been attempted. Retry to avoid conflicts."],
};

const OTHER: Record<Exclude<AzureError, "unavailable">, Form> = {
  throttled: [429, "TooManyRequests", SLOW],
  internal: [500, "InternalServerError", INTERNAL],
  timeout: [408, "RequestTimeout", LATE],
  denied: [403, "Forbidden", DENIED],
  expired: [401, "Unauthorized", EXPIRED],
  conflict: [409, "Conflict", "The resource is being changed."],
};

/** All errors there are. */
export const AZURE_ERRORS = Object.keys(COSMOS) as AzureError[];

/** The answer that the service of this request gives. */
export function errorAnswer(request: Pick<RequestHead, "path">, error: AzureError): Answer {
  const service = serviceOf(request);
  if (service === "cosmos") {
    const [status, substatus, message] = COSMOS[error];
    const retryAfterMs = error === "throttled" ? RETRY_AFTER_MS : undefined;
    return cosmosFaultAnswer(new CosmosFault(status, message, { substatus, retryAfterMs }));
  }
  if (error === "unavailable") return FRONT_DOOR;
  const answer = service === "storage" ? storageError(...STORAGE[error]) : otherAnswer(service, OTHER[error]);
  if (error !== "throttled") return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(RETRY_AFTER_S) } };
}

/** What stands before the services knows nothing of their forms. */
const FRONT_DOOR: Answer = {
  status: 503,
  headers: { "content-type": "text/html" },
  body: "<h2>Our services aren't available right now</h2>",
};

function otherAnswer(service: AzureService, [status, code, message]: Form): Answer {
  if (service === "identity") return jsonAnswer(status, { statusCode: status, message });
  return faultAnswer(new ApiFault(status, code, message));
}
