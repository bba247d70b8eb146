import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ErrorCode } from "sluice";
import { awsError } from "../../../../adapters/aws/errors";
import { blamesByStage, readsAnything, readsTheEndOfWaiting } from "../suites/thrown";

const place = { stage: "store", adapter: "aws/store", coordinates: { table: "t" } } as const;

/** An exception as the SDK throws it. */
function exception(name: string, status: number | undefined, extra: object = {}): Error {
  return Object.assign(new Error("text of the service"), {
    name,
    $metadata: status === undefined ? {} : { httpStatusCode: status, requestId: "r1" },
    ...extra,
  });
}

const BY_NAME: readonly [ErrorCode, readonly (readonly [name: string, status?: number])[]][] = [
  [
    "throttled",
    [
      ["ProvisionedThroughputExceededException", 400],
      ["ThrottlingException", 400],
      ["Throttling"],
      ["RequestLimitExceeded", 400],
      ["SlowDown", 503],
      ["KMSThrottlingException", 400],
      ["TooManyRequestsException", 429],
      ["LimitExceededException", 400],
      ["Whatever", 429],
    ],
  ],
  [
    "credentials",
    [
      ["ExpiredTokenException", 400],
      ["ExpiredToken", 400],
      ["UnrecognizedClientException", 400],
      ["InvalidSignatureException", 400],
      ["InvalidAccessKeyId", 403],
      ["SignatureDoesNotMatch", 403],
      ["AccessDeniedException", 400],
      ["AccessDenied", 403],
      ["KMSAccessDeniedException", 400],
      ["CredentialsProviderError"],
      ["RequestTimeTooSkewed", 403],
      ["Whatever", 401],
      ["Whatever", 403],
    ],
  ],
  [
    "unavailable",
    [
      ["InternalFailure", 500],
      ["InternalServerError", 500],
      ["ServiceUnavailable", 503],
      ["InternalDependencyException", 530],
      ["Unknown", 530],
      ["Whatever", 500],
      ["Whatever", 502],
      ["Whatever", 599],
      ["ResourceNotFoundException", 400],
      ["ResourceInUseException", 400],
      ["NoSuchBucket", 404],
      ["PermanentRedirect", 301],
      ["EndpointError"],
      ["KMSDisabledException", 400],
      ["Whatever", 404],
      ["SyntaxError", 200],
    ],
  ],
  ["timeout", [["TimeoutError"], ["RequestTimeout", 400], ["RequestTimeoutException", 408], ["Whatever", 408]]],
  ["cancelled", [["AbortError"]]],
  ["cold-start", [["ModelNotReadyException", 429]]],
  [
    "conflict",
    [
      ["ConditionalCheckFailedException", 400],
      ["TransactionConflictException", 400],
      ["OperationAborted", 409],
      ["PreconditionFailed", 412],
      ["Whatever", 409],
    ],
  ],
  [
    "store-rejected",
    [
      ["ValidationException", 400],
      ["SerializationException", 400],
      ["InvalidArgumentException", 400],
      ["ItemCollectionSizeLimitExceededException", 400],
      ["EntityTooLarge", 400],
      ["Whatever", 413],
    ],
  ],
  ["internal", [["Whatever", 400], ["Unknown", 400], ["Whatever", 200], ["TypeError"], ["SyntaxError"], ["Error"]]],
];

const NODE_CODES: readonly [ErrorCode, readonly string[]][] = [
  ["timeout", ["ETIMEDOUT"]],
  [
    "unavailable",
    ["ECONNRESET", "ECONNREFUSED", "EPIPE", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "ERR_INVALID_URL"],
  ],
];

describe("what the SDK throws", () => {
  for (const [code, cases] of BY_NAME)
    it.each(cases)(`is ${code}: %s %s`, (...[name, status]) => {
      const error = awsError(exception(name, status), place);

      expect(error).toMatchObject({ code, stage: "store", adapter: "aws/store" });
      expect(error.coordinates).toMatchObject({ table: "t", error: name });
      expect(error.message).toContain(status === undefined ? "AWS" : String(status));
    });

  for (const [code, codes] of NODE_CODES)
    it.each(codes)(`is ${code}, whatever the SDK calls it: %s`, (nodeCode) => {
      const error = awsError(exception("TimeoutError", undefined, { code: nodeCode }), place);

      expect(error).toMatchObject({ code });
      expect(error.message).toContain(nodeCode);
    });

  it.each([
    [400, "model-input"],
    [422, "model-input"],
    [499, "model-input"],
    [429, "throttled"],
    [500, "unavailable"],
    [0, "unavailable"],
    [undefined, "unavailable"],
  ] as const)("is judged by the container's own status where the model failed: %s", (OriginalStatusCode, code) => {
    const error = awsError(exception("ModelError", 424, { OriginalStatusCode }), { ...place, stage: "infer" });

    expect(error).toMatchObject({ code, stage: "infer" });
  });

  blamesByStage(awsError, exception("ValidationException", 400));

  it.each([
    "The provided key element does not match the schema",
    "One or more parameter values were invalid: Missing the key pk in the item",
    "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N",
    "Endpoint churn of account 123456789012 not found.",
    "1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern",
    "Region is missing",
  ])("blames no data for a mistake in the settings: %s", (message) => {
    const error = awsError(exception("ValidationException", 400, { message }), place);

    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(error.message).toMatch(/Check that it exists, and the region, endpoint and name in the settings/);
  });

  it("says what to check for credentials, and what the service said", () => {
    const error = awsError(exception("AccessDeniedException", 400), place);

    expect(error.message).toBe(
      "AWS: AccessDeniedException, HTTP 400. text of the service Check the credentials and the permissions of the role that calls.",
    );
    expect(error.coordinates).toEqual({ table: "t", error: "AccessDeniedException", status: 400, requestId: "r1" });
  });

  it.each([
    exception("ValidationException", 400, { message: "cannot convert secret" }),
    exception("ModelError", 424, { message: "secret", OriginalStatusCode: 500, OriginalMessage: "secret" }),
    exception("ModelError", 424, { message: "secret", OriginalStatusCode: 400 }),
    exception("SyntaxError", 200, { message: 'Unexpected token, "secret" is not valid JSON' }),
  ])("quotes nothing that may hold an event: $name", (thrown) => {
    const error = awsError(thrown, place);

    expect(JSON.stringify({ message: error.message, coordinates: error.coordinates })).not.toContain("secret");
    expect(error.cause).toBe(thrown);
  });

  it.each([
    [{ "retry-after": "3" }, 3_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "x-amz-retry-after": "250" }, 250],
    [{ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }, undefined],
    [{ "retry-after": "-1" }, undefined],
    [{ "retry-after": "9999999999" }, undefined],
    [{}, undefined],
  ])("says how long to wait where the service does: %j", (headers, retryAfterMs) => {
    const thrown = exception("ThrottlingException", 429, { $response: { statusCode: 429, headers } });

    expect(awsError(thrown, place).retryAfterMs).toBe(retryAfterMs);
  });

  it("is throttled where only its trait says so", () => {
    expect(awsError(exception("Odd", 400, { $retryable: { throttling: true } }), place).code).toBe("throttled");
    expect(awsError(exception("Odd", 400, { $retryable: {} }), place).code).toBe("internal");
  });

  readsTheEndOfWaiting(awsError);

  readsAnything(awsError, oddException());
});

function oddException(): fc.Arbitrary<unknown> {
  const junk = fc.oneof(fc.anything(), fc.constantFrom("AbortError", "ModelError", "ValidationException", 500, 429));
  const fields = ["name", "code", "message", "$metadata", "$response", "$retryable", "OriginalStatusCode"];
  return fc.record(Object.fromEntries(fields.map((field) => [field, junk])));
}
