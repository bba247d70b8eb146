import type { ErrorCode } from "../../../shared/errors";

/** `data`: the request's content is refused, so the code depends on the stage. `wiring`: something named in the settings is not there. */
export type Verdict = ErrorCode | "data" | "wiring";

/** Names of the gRPC codes 0 to 16: https://grpc.io/docs/guides/status-codes/ */
export const RPC_NAMES: readonly string[] = [
  ..."OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED".split(" "),
  ..."RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE".split(" "),
  ..."DATA_LOSS UNAUTHENTICATED".split(" "),
];

/** By gRPC code, which google.rpc.Status carries over HTTP too. CANCELLED is the service's own: a caller knows its signal. */
export const RPC_CODES = table({
  unavailable: "CANCELLED UNKNOWN INTERNAL UNAVAILABLE DATA_LOSS",
  data: "INVALID_ARGUMENT OUT_OF_RANGE",
  timeout: "DEADLINE_EXCEEDED",
  wiring: "NOT_FOUND UNIMPLEMENTED",
  conflict: "ALREADY_EXISTS FAILED_PRECONDITION ABORTED",
  credentials: "PERMISSION_DENIED UNAUTHENTICATED",
  throttled: "RESOURCE_EXHAUSTED",
});

/** By the reason in google.rpc.ErrorInfo, in the errors of the older JSON services (Storage, BigQuery), or of OAuth. More exact than a code. */
export const REASONS = table({
  throttled: `RATE_LIMIT_EXCEEDED RESOURCE_QUOTA_EXCEEDED rateLimitExceeded userRateLimitExceeded quotaExceeded
    jobRateLimitExceeded tableUnavailable`,
  unavailable: "backendError internalError temporarily_unavailable server_error",
  credentials: `API_KEY_INVALID ACCESS_TOKEN_EXPIRED ACCESS_TOKEN_TYPE_UNSUPPORTED ACCOUNT_STATE_INVALID CREDENTIALS_MISSING
    IAM_PERMISSION_DENIED authError required forbidden accessDenied invalid_grant invalid_client unauthorized_client
    invalid_token invalid_scope access_denied`,
  wiring: `SERVICE_DISABLED BILLING_DISABLED CONSUMER_INVALID RESOURCE_PROJECT_INVALID LOCATION_POLICY_VIOLATED accountDisabled
    billingNotEnabled accessNotConfigured notFound`,
  conflict: "conditionNotMet conflict duplicate",
});

/** By the code of Node's own network errors, and of its fetch. */
export const NODE_CODES = table({
  timeout: "ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT",
  unavailable: `ECONNRESET ECONNREFUSED ECONNABORTED EPIPE EPROTO EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EAI_AGAIN
    EADDRNOTAVAIL EMFILE ENFILE UND_ERR_SOCKET UND_ERR_CLOSED UND_ERR_DESTROYED HPE_INVALID_CONSTANT`,
  wiring: "ENOTFOUND ERR_INVALID_URL UND_ERR_INVALID_ARG",
});

/** What the client libraries say where nobody can sign in, under whatever code. */
export const CREDENTIALS_TEXT =
  /Could not (?:load the default credentials|refresh access token)|Getting metadata from plugin failed|invalid_grant|invalid_rapt|does not contain a client_email field/i;

/** Mistakes in the settings that come as INVALID_ARGUMENT or FAILED_PRECONDITION, as if the data were to blame, or without a code. */
export const WIRING_TEXT =
  /Invalid resource name|Malformed name|requires an index|Invalid project|Unable to detect a Project Id|Cloud KMS|KMS key|Name resolution failed|name_resolver/i;

/** A message too long for a channel comes as RESOURCE_EXHAUSTED, and would for ever. */
export const TOO_LONG_TEXT = /message larger than max|size exceeds the limit|payload size exceeds/i;

function table(names: Partial<Record<Verdict, string>>): ReadonlyMap<string, Verdict> {
  return new Map(
    Object.entries(names).flatMap(([verdict, list]) =>
      list.split(/\s+/).map((name) => [name, verdict as Verdict] as const),
    ),
  );
}
