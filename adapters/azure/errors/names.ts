import { verdicts } from "../../verdict";

/**
 * By the code that a service gives: Storage in `x-ms-error-code`, Cosmos DB, Event Grid and Azure ML in the body, Event Hubs as
 * its SDK names the conditions of AMQP, and the errors of the credentials by their name.
 */
export const CODES = verdicts({
  throttled: `ServerBusy TooManyRequests TooManyRequestsException ServerBusyError QuotaExceededError RequestRateTooLarge
    AccountIOPSLimitExceeded`,
  unavailable: `InternalError InternalServerError ServiceUnavailable ServiceUnavailableError OperationCancelledError
    SenderBusyError SenderNotReadyError InsufficientCreditError DetachForcedError ConnectionForcedError ConnectionLostError
    TransferLimitExceededError SendOperationFailedError PartitionNotOwnedError AddressAlreadyInUseError SystemError
    LinkRedirectError ConnectionRedirectError FramingError IllegalStateError SessionWindowViolationError ErrantLinkError
    HandleInUseError UnattachedHandleError ContainerBeingDeleted QueueBeingDeleted Gone`,
  timeout: "OperationTimedOut OperationTimeoutError RequestTimeout MessageWaitTimeout",
  conflict: `BlobAlreadyExists ConditionNotMet TargetConditionNotMet Conflict PreconditionFailed PreconditionFailedError
    RetryWith ResourceLockedError`,
  credentials: `CredentialError CredentialUnavailableError AuthenticationError AggregateAuthenticationError
    AuthenticationRequiredError AuthenticationFailed AuthorizationFailure AuthorizationPermissionMismatch AuthorizationSourceIPMismatch
    AuthorizationProtocolMismatch AuthorizationServiceMismatch InvalidAuthenticationInfo NoAuthenticationInformation
    InsufficientAccountPermissions KeyBasedAuthenticationNotPermitted PublicAccessNotPermitted AccountIsDisabled Unauthorized
    Forbidden UnauthorizedError PublisherRevokedError`,
  data: `BadRequest InputJsonInvalid PayloadTooLarge RequestEntityTooLarge RequestBodyTooLarge MessageTooLarge
    MessageTooLargeError BlockCountExceedsLimit InvalidFieldError DecodeError`,
  wiring: `ContainerNotFound QueueNotFound ResourceNotFound BlobNotFound NotFound ContainerDisabled InvalidResourceName InvalidUri
    OutOfRangeInput FeatureVersionMismatch UnsupportedHttpVerb UnsupportedHeader MessagingEntityNotFoundError
    MessagingEntityDisabledError ResourceDeletedError ServiceCommunicationError InvalidOperationError NotImplementedError
    ArgumentError ArgumentOutOfRangeError`,
});

/** By HTTP status and Cosmos DB's substatus, which says more than its code: https://learn.microsoft.com/rest/api/cosmos-db/http-status-codes-for-cosmosdb */
export const SUBSTATUSES = verdicts({
  // A key has 20 GB already; another write region; a session that this replica does not know yet.
  data: "403/1014",
  unavailable: "403/3 404/1002",
  // The container's partition key is another; the account, the database or the container is gone.
  wiring: "400/1001 403/1008 404/1003",
});

/** What statuses mean that only these services give: Cosmos DB moves a partition, or two writes met; a model's own failure. */
export const STATUSES = verdicts({ unavailable: "410 424", conflict: "449" });

/** Mistakes in the settings that come as a BadRequest, as if the data were to blame. */
export const WIRING_TEXT =
  /x-ms-documentdb-partitionkey|partition ?key (?:supplied|provided|extracted)|api-version|is configured (?:for|to)|status-code: 404/i;

/** How Event Hubs says how long to wait. */
export const WAIT_TEXT = /Please wait (\d{1,4}) seconds/i;

/** Where the thing around the one asked for is not there. */
export const OWNERS: ReadonlySet<string> = new Set(["ContainerNotFound", "QueueNotFound", "ContainerBeingDeleted"]);
