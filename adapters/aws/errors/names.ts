import type { ErrorCode } from "../../../shared/errors";

/** `data`: the request's content is refused, so the code depends on the stage. `wiring`: something named in the settings is not there. */
export type Verdict = ErrorCode | "data" | "wiring";

/** By exception name; the same table reads the error codes of single entries in PutRecords and PutEvents. */
export const NAMES = table({
  throttled: `ProvisionedThroughputExceededException ThrottlingException Throttling ThrottledException RequestThrottled
    RequestThrottledException RequestLimitExceeded TooManyRequestsException TooManyRequests LimitExceededException SlowDown
    BandwidthLimitExceeded PriorRequestNotComplete KMSThrottlingException`,
  unavailable: `InternalFailure InternalFailureException InternalServerError InternalServerException InternalException
    InternalError InternalDependencyException InternalStreamFailure ServiceUnavailable ServiceUnavailableException
    ServiceException ModelStreamError ResourceInUseException`,
  timeout: "RequestTimeout RequestTimeoutException",
  "cold-start": "ModelNotReadyException",
  conflict: `ConditionalCheckFailedException PreconditionFailed TransactionConflictException TransactionCanceledException
    TransactionInProgressException ReplicatedWriteConflictException ConcurrentModificationException OperationAborted
    ConditionalRequestConflict`,
  credentials: `CredentialsProviderError TokenProviderError ProviderError ExpiredTokenException ExpiredToken InvalidToken
    UnrecognizedClientException InvalidClientTokenId InvalidAccessKeyId InvalidSignatureException SignatureDoesNotMatch
    IncompleteSignature IncompleteSignatureException MissingAuthenticationToken MissingAuthenticationTokenException
    AuthFailure AccessDenied AccessDeniedException NotAuthorized UnauthorizedOperation OptInRequired
    RequestExpired RequestTimeTooSkewed RequestInTheFuture KMSAccessDeniedException KMSOptInRequired
    NotAuthorizedForSourceException NotAuthorizedForDetailTypeException`,
  data: `ValidationException ValidationError SerializationException InvalidArgumentException InvalidArgument MalformedDetail
    InvalidParameterValue InvalidRequest EntityTooLarge RequestEntityTooLarge RequestEntityTooLargeException KeyTooLongError
    ItemCollectionSizeLimitExceededException`,
  wiring: `ResourceNotFoundException TableNotFoundException IndexNotFoundException NoSuchBucket
    NoSuchKey NotFound InvalidBucketName PermanentRedirect TemporaryRedirect AuthorizationHeaderMalformed IllegalLocationConstraintException
    EndpointError UnknownEndpoint KMSDisabledException KMSInvalidStateException KMSNotFoundException`,
});

/** By the code of Node's own network errors. They come first: the SDK calls a broken connection a TimeoutError. */
export const NODE_CODES = table({
  timeout: "ETIMEDOUT ESOCKETTIMEDOUT",
  unavailable: `ECONNRESET ECONNREFUSED ECONNABORTED EPIPE EPROTO EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EAI_AGAIN
    EADDRNOTAVAIL EMFILE ENFILE`,
  wiring: "ENOTFOUND ERR_INVALID_URL",
});

/** Mistakes in the settings that come as a ValidationException, as if one record were to blame, or without a name. */
export const WIRING_TEXT =
  /does not match the schema|Missing the key|Type mismatch for key|^Endpoint \S+ .*not (?:be )?found|at '(?:streamName|streamARN|tableName|endpointName|eventBusName)' failed|Region is missing|Missing Region/i;

function table(names: Partial<Record<Verdict, string>>): ReadonlyMap<string, Verdict> {
  return new Map(
    Object.entries(names).flatMap(([verdict, list]) =>
      list.split(/\s+/).map((name) => [name, verdict as Verdict] as const),
    ),
  );
}
