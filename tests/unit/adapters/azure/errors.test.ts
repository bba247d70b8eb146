import { MessagingError } from "@azure/event-hubs";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ErrorCode } from "sluice";
import { CredentialError } from "../../../../adapters/azure/client/credential-error";
import { azureError, isConditionFailed, isNotFound } from "../../../../adapters/azure/errors";
import type { HttpError } from "../../../../adapters/rest";
import {
  blamesByStage,
  http,
  oddAnswer,
  readsAnything,
  readsFetch,
  readsStatus,
  readsTheEndOfWaiting,
} from "../suites/thrown";

const place = { stage: "store", adapter: "azure/store", coordinates: { container: "c" } } as const;

/** As Cosmos DB answers. */
function cosmos(status: number, code: string, substatus?: number, message = "text of the service"): HttpError {
  return http(status, { code, message }, substatus === undefined ? {} : { "x-ms-substatus": String(substatus) });
}

/** As Storage answers. */
function storage(status: number, code: string, message = "text of the service"): HttpError {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}\nRequestId:1</Message></Error>`;
  return http(status, body, { "x-ms-error-code": code });
}

/** As Event Grid and Azure ML answer. */
function nested(status: number, code: string, message = "text of the service"): HttpError {
  return http(status, { error: { code, message } });
}

/** As the SDK of Event Hubs throws what its service says. */
function amqp(code: string, description = "text of the service"): Error {
  return Object.assign(new MessagingError(description), { code });
}

describe("what an Azure service answers with", () => {
  it.each<[HttpError, ErrorCode]>([
    [cosmos(400, "BadRequest"), "store-rejected"],
    [cosmos(403, "Forbidden", 5300), "credentials"],
    [cosmos(404, "NotFound"), "unavailable"],
    [cosmos(408, "RequestTimeout"), "timeout"],
    [cosmos(409, "Conflict"), "conflict"],
    [cosmos(410, "Gone", 1002), "unavailable"],
    [cosmos(412, "PreconditionFailed"), "conflict"],
    [cosmos(413, "RequestEntityTooLarge"), "store-rejected"],
    [cosmos(424, ""), "unavailable"],
    [cosmos(429, "TooManyRequests", 3200), "throttled"],
    [cosmos(449, "RetryWith"), "conflict"],
    [cosmos(500, "InternalServerError"), "unavailable"],
    [cosmos(503, "ServiceUnavailable"), "unavailable"],
    [storage(403, "AuthorizationPermissionMismatch"), "credentials"],
    [storage(401, "NoAuthenticationInformation"), "credentials"],
    [storage(404, "ContainerNotFound"), "unavailable"],
    [storage(409, "BlobAlreadyExists"), "conflict"],
    [storage(409, "ContainerBeingDeleted"), "unavailable"],
    [storage(412, "ConditionNotMet"), "conflict"],
    [storage(413, "RequestBodyTooLarge"), "store-rejected"],
    [storage(500, "OperationTimedOut"), "timeout"],
    [storage(500, "InternalError"), "unavailable"],
    [storage(503, "ServerBusy"), "throttled"],
    [nested(413, "PayloadTooLarge"), "store-rejected"],
    [nested(429, "TooManyRequests"), "throttled"],
    [nested(503, "ServerBusy"), "throttled"],
  ])("has the code of what it means: %#", (thrown, code) => {
    const error = azureError(thrown, place);

    expect(error).toMatchObject({ code, stage: "store", adapter: "azure/store", cause: thrown });
    expect(error.coordinates).toMatchObject({ container: "c", status: thrown.status });
    expect(error.message).toContain(`HTTP ${thrown.status}`);
  });

  readsStatus(azureError);

  it.each<[string, HttpError, ErrorCode]>([
    ["a key that is full", cosmos(403, "Forbidden", 1014), "store-rejected"],
    ["a region that is read only", cosmos(403, "Forbidden", 3), "unavailable"],
    ["another partition key", cosmos(400, "BadRequest", 1001), "unavailable"],
    ["a session of another replica", cosmos(404, "NotFound", 1002), "unavailable"],
  ])("is judged by Cosmos DB's substatus before its code: %s", (_, thrown, code) => {
    const error = azureError(thrown, place);

    expect(error.code).toBe(code);
    expect(error.coordinates).toMatchObject({ substatus: Number(thrown.headers["x-ms-substatus"]) });
  });

  it.each([
    cosmos(400, "BadRequest", undefined, "The partition key supplied in x-ms-documentdb-partitionkey header has fewer"),
    nested(400, "BadRequest", "This resource is configured for the 'EventGridSchema' schema"),
  ])("blames no data for a mistake in the settings: %#", (thrown) => {
    const error = azureError(thrown, place);

    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(error.message).toMatch(/Check that it exists/);
  });

  blamesByStage(azureError, nested(413, "PayloadTooLarge"));

  it("says what the service said, what to check, and what Microsoft's support asks for", () => {
    const thrown = http(403, storage(403, "AuthorizationFailure").body, {
      "x-ms-error-code": "AuthorizationFailure",
      "x-ms-request-id": "request-1",
    });

    const error = azureError(thrown, place);

    expect(error.message).toBe(
      "Azure: AuthorizationFailure, HTTP 403. text of the service\\u000aRequestId:1 Check who is signed in, and the roles of the identity that calls.",
    );
    expect(error.coordinates).toEqual({
      container: "c",
      error: "AuthorizationFailure",
      status: 403,
      requestId: "request-1",
    });
  });

  it.each([
    cosmos(400, "BadRequest", undefined, "the value secret is wrong"),
    cosmos(403, "Forbidden", 1014, "the key secret is full"),
    nested(413, "PayloadTooLarge", "secret"),
    http(200, '{"secret'),
    http(400, "secret"),
    amqp("MessageTooLargeError", "secret"),
    new SyntaxError('Unexpected token, "secret" is not valid JSON'),
  ])("quotes nothing that may hold an event: %#", (thrown) => {
    const { message, coordinates } = azureError(thrown, place);

    expect(JSON.stringify({ message, coordinates })).not.toContain("secret");
  });

  it.each<[unknown, number | undefined]>([
    [http(429, "", { "x-ms-retry-after-ms": "17", "retry-after": "3" }), 17],
    [http(429, "", { "x-ms-retry-after-ms": "17.4" }), 18],
    [http(503, "", { "retry-after": "3" }), 3_000],
    [http(429, "", { "x-ms-retry-after-ms": "soon", "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }), undefined],
    [amqp("ServerBusyError", "Error code : 50002 . Please wait 4 seconds and try again."), 4_000],
    [amqp("ServerBusyError"), undefined],
  ])("says how long to wait where the service does: %#", (thrown, retryAfterMs) => {
    expect(azureError(thrown, place).retryAfterMs).toBe(retryAfterMs);
  });
});

describe("what the SDK of Event Hubs throws", () => {
  it.each<[string, ErrorCode]>([
    ["ServerBusyError", "throttled"],
    ["QuotaExceededError", "throttled"],
    ["UnauthorizedError", "credentials"],
    ["MessagingEntityNotFoundError", "unavailable"],
    ["OperationTimeoutError", "timeout"],
    ["PublisherRevokedError", "credentials"],
    ["ServiceCommunicationError", "unavailable"],
    ["MessagingEntityDisabledError", "unavailable"],
    ["InternalServerError", "unavailable"],
    ["ServiceUnavailableError", "unavailable"],
    ["OperationCancelledError", "unavailable"],
    ["DetachForcedError", "unavailable"],
    ["ConnectionForcedError", "unavailable"],
    ["SenderBusyError", "unavailable"],
    ["MessageTooLargeError", "store-rejected"],
    ["SomethingNewError", "unavailable"],
  ])("has the code of what it means: %s", (name, code) => {
    expect(azureError(amqp(name), place)).toMatchObject({ code });
  });

  it("is judged by its last attempt where it gathers them", () => {
    const all = new AggregateError([amqp("InternalServerError"), amqp("ServerBusyError")]);

    expect(azureError(all, place)).toMatchObject({
      code: "throttled",
      coordinates: { error: "ServerBusyError" },
      cause: all,
    });
    expect(azureError(new AggregateError([]), place).code).toBe("internal");
  });

  it("is the network's where it has Node's own code", () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED", syscall: "connect", errno: -111 });
    const unknown = Object.assign(new Error("getaddrinfo"), {
      code: "ENOTFOUND",
      syscall: "getaddrinfo",
      errno: -3008,
    });

    expect(azureError(new MessagingError("connect", refused), place)).toMatchObject({ code: "unavailable" });
    expect(azureError(new MessagingError("getaddrinfo", unknown), place).message).toMatch(
      /ENOTFOUND.*Check that it exists/,
    );
  });
});

describe("what never reached the service", () => {
  readsFetch(azureError);

  readsTheEndOfWaiting(azureError);

  it.each([
    new CredentialError("Nobody.", { cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }) }),
    Object.assign(new Error("az is missing"), { name: "CredentialUnavailableError" }),
    Object.assign(new AggregateError([new Error("x")]), { name: "AggregateAuthenticationError" }),
  ])("is a matter of credentials where nobody could sign in: %#", (thrown) => {
    const error = azureError(thrown, place);

    expect(error).toMatchObject({ code: "credentials", retryable: true });
    expect(error.message).toMatch(/Check who is signed in/);
  });
});

describe("answers that are no failures", () => {
  it("are told by what was asked for", () => {
    const missing = [cosmos(404, "NotFound"), cosmos(404, "NotFound", 0), storage(404, "BlobNotFound"), http(404)];
    const gone = [cosmos(404, "NotFound", 1003), cosmos(404, "NotFound", 1002), storage(404, "ContainerNotFound")];
    const unmet = [cosmos(412, "PreconditionFailed"), storage(412, "ConditionNotMet"), http(412)];
    const there = [cosmos(409, "Conflict"), storage(409, "BlobAlreadyExists")];
    const other = [storage(409, "ContainerBeingDeleted"), cosmos(449, "RetryWith"), new Error("x"), undefined];

    const all = [...missing, ...gone, ...unmet, ...there, ...other];
    expect(all.filter(isNotFound)).toEqual(missing);
    expect(all.filter(isConditionFailed)).toEqual([...unmet, ...there]);
  });
});

describe("anything else that is thrown", () => {
  const field = fc.anything();
  const error = fc.record({ name: field, code: field, message: field, errors: field });

  readsAnything(azureError, fc.oneof(error, oddAnswer()));

  it("has no name where it has none to tell", () => {
    expect(azureError({}, place).message).toBe("Azure: an error without a name.");
  });
});
