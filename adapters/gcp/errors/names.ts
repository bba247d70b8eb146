import { verdicts } from "../../verdict";

/** Names of the gRPC codes 0 to 16: https://grpc.io/docs/guides/status-codes/ */
export const RPC_NAMES: readonly string[] = [
  ..."OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED".split(" "),
  ..."RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE".split(" "),
  ..."DATA_LOSS UNAUTHENTICATED".split(" "),
];

/** By gRPC code, which google.rpc.Status carries over HTTP too. CANCELLED is the service's own: a caller knows its signal. */
export const RPC_CODES = verdicts({
  unavailable: "CANCELLED UNKNOWN INTERNAL UNAVAILABLE DATA_LOSS",
  data: "INVALID_ARGUMENT OUT_OF_RANGE",
  timeout: "DEADLINE_EXCEEDED",
  wiring: "NOT_FOUND UNIMPLEMENTED",
  conflict: "ALREADY_EXISTS FAILED_PRECONDITION ABORTED",
  credentials: "PERMISSION_DENIED UNAUTHENTICATED",
  throttled: "RESOURCE_EXHAUSTED",
});

/** By the reason in google.rpc.ErrorInfo, in the errors of the older JSON services (Storage, BigQuery), or of OAuth. More exact than a code. */
export const REASONS = verdicts({
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

/** What the client libraries say where nobody can sign in, under whatever code. */
export const CREDENTIALS_TEXT =
  /Could not (?:load the default credentials|refresh access token)|Getting metadata from plugin failed|invalid_grant|invalid_rapt|does not contain a client_email field/i;

/** Mistakes in the settings that come as INVALID_ARGUMENT or FAILED_PRECONDITION, as if the data were to blame, or without a code. */
export const WIRING_TEXT =
  /Invalid resource name|Malformed name|requires an index|Invalid project|Unable to detect a Project Id|Cloud KMS|KMS key|Name resolution failed|name_resolver/i;

/** A message too long for a channel comes as RESOURCE_EXHAUSTED, and would for ever. */
export const TOO_LONG_TEXT = /message larger than max|size exceeds the limit|payload size exceeds/i;
