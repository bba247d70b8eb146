import { verdicts } from "../../verdict";

/** By exception name; the same table reads the error codes of single entries in PutRecords and PutEvents. */
export const NAMES = verdicts({
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

/** Mistakes in the settings that come as a ValidationException, as if one record were to blame, or without a name. */
export const WIRING_TEXT =
  /does not match the schema|Missing the key|Type mismatch for key|^Endpoint \S+ .*not (?:be )?found|at '(?:streamName|streamARN|tableName|endpointName|eventBusName)' failed|Region is missing|Missing Region/i;
