import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ErrorCode } from "sluice";
import { gcpError, isConditionFailed, isNotFound } from "../../../../adapters/gcp/errors";
import {
  blamesByStage,
  http,
  oddAnswer,
  readsAnything,
  readsFetch,
  readsStatus,
  readsTheEndOfWaiting,
} from "../suites/thrown";

const place = { stage: "store", adapter: "gcp/store", coordinates: { collection: "c" } } as const;

/** An error as gRPC throws it. */
function grpc(code: number, details = "text of the service", extra: object = {}): Error {
  return Object.assign(new Error(`${code} NAME: ${details}`), { code, details, ...extra });
}

function status(code: number, rpc: string, details: readonly object[] = [], message = "text of the service") {
  return http(code, { error: { code, message, status: rpc, details } });
}

const BY_RPC: readonly (readonly [number, string, number, ErrorCode])[] = [
  [1, "CANCELLED", 499, "unavailable"],
  [2, "UNKNOWN", 500, "unavailable"],
  [3, "INVALID_ARGUMENT", 400, "store-rejected"],
  [4, "DEADLINE_EXCEEDED", 504, "timeout"],
  [5, "NOT_FOUND", 404, "unavailable"],
  [6, "ALREADY_EXISTS", 409, "conflict"],
  [7, "PERMISSION_DENIED", 403, "credentials"],
  [8, "RESOURCE_EXHAUSTED", 429, "throttled"],
  [9, "FAILED_PRECONDITION", 400, "conflict"],
  [10, "ABORTED", 409, "conflict"],
  [11, "OUT_OF_RANGE", 400, "store-rejected"],
  [12, "UNIMPLEMENTED", 501, "unavailable"],
  [13, "INTERNAL", 500, "unavailable"],
  [14, "UNAVAILABLE", 503, "unavailable"],
  [15, "DATA_LOSS", 500, "unavailable"],
  [16, "UNAUTHENTICATED", 401, "credentials"],
];

describe("what a Google service answers with", () => {
  it.each(BY_RPC)(
    "is the same by gRPC, over HTTP and as the result of one write: %s %s",
    (code, rpc, httpStatus, expected) => {
      const errors = [grpc(code), status(httpStatus, rpc), { code, message: "text" }].map((it) => gcpError(it, place));

      for (const error of errors) {
        expect(error).toMatchObject({ code: expected, stage: "store", adapter: "gcp/store" });
        expect(error.coordinates).toMatchObject({ collection: "c", error: rpc });
        expect(error.message).toContain(rpc);
      }
      expect(errors[1]!.coordinates).toMatchObject({ status: httpStatus });
    },
  );

  readsStatus(gcpError);

  it.each<[string, unknown, ErrorCode]>([
    ["a switched-off API", status(403, "PERMISSION_DENIED", [errorInfo("SERVICE_DISABLED")]), "unavailable"],
    ["a quota", status(403, "PERMISSION_DENIED", [errorInfo("RATE_LIMIT_EXCEEDED")]), "throttled"],
    ["a bad key", status(400, "INVALID_ARGUMENT", [errorInfo("API_KEY_INVALID")]), "credentials"],
    ["a rate of Storage", http(403, oldStyle("rateLimitExceeded")), "throttled"],
    ["a condition of Storage", http(412, oldStyle("conditionNotMet")), "conflict"],
    ["a bucket that is not there", http(404, oldStyle("notFound")), "unavailable"],
    ["a trouble of BigQuery", http(503, oldStyle("backendError")), "unavailable"],
    ["a refresh token of another time", http(400, { error: "invalid_grant", error_description: "x" }), "credentials"],
    ["a stream's error", http(503, [{ error: { code: 503, status: "UNAVAILABLE", message: "x" } }]), "unavailable"],
    ["a reason by gRPC", grpc(7, "x", { reason: "SERVICE_DISABLED" }), "unavailable"],
  ])("is judged by its reason before its code: %s", (_, thrown, code) => {
    expect(gcpError(thrown, place)).toMatchObject({ code });
  });

  it.each([
    [3, "Invalid resource name given (name=projects/p/topics/). Refer to ..."],
    [3, "Malformed name: 'x'"],
    [9, "The query requires an index. You can create it here"],
    [9, "Cloud KMS key is disabled"],
  ])("blames no data for a mistake in the settings: %s %s", (code, message) => {
    const error = gcpError(grpc(code, message), place);

    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(error.message).toMatch(/Check that it exists/);
  });

  it("is refused for good where a message is too long for the channel, however it is called", () => {
    const error = gcpError(grpc(8, "Received message larger than max (11000000 vs. 10485760)"), place);

    expect(error).toMatchObject({ code: "store-rejected", retryable: false });
  });

  blamesByStage(gcpError, grpc(3));

  it("says what to check for credentials, and what the service said", () => {
    const error = gcpError(status(403, "PERMISSION_DENIED"), place);

    expect(error.message).toBe(
      "Google Cloud: PERMISSION_DENIED, HTTP 403. text of the service Check the credentials and the roles of the account that calls.",
    );
    expect(error.coordinates).toEqual({ collection: "c", error: "PERMISSION_DENIED", status: 403 });
  });

  it.each([
    grpc(3, "the value secret is wrong"),
    status(400, "INVALID_ARGUMENT", [], 'Invalid value at "secret"'),
    http(200, '{"secret'),
    http(413, "secret"),
    new SyntaxError('Unexpected token, "secret" is not valid JSON'),
  ])("quotes nothing that may hold an event: %#", (thrown) => {
    const error = gcpError(thrown, place);

    expect(JSON.stringify({ message: error.message, coordinates: error.coordinates })).not.toContain("secret");
    expect(error.cause).toBe(thrown);
  });

  it.each<[unknown, number | undefined]>([
    [http(429, "", { "retry-after": "3" }), 3_000],
    [http(503, "", { "retry-after": "0.5" }), 500],
    [http(429, "", { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }), undefined],
    [status(429, "RESOURCE_EXHAUSTED", [errorInfo("x"), { "@type": "RetryInfo", retryDelay: "3.5s" }]), 3_500],
    [status(429, "RESOURCE_EXHAUSTED", [{ retryDelay: "soon" }]), undefined],
    [grpc(8, "x", { statusDetails: [{ retryDelay: { seconds: 2, nanos: 5e8 } }] }), 2_500],
    [grpc(8, "x", { statusDetails: [{ retryDelay: { seconds: { low: 7, high: 0 }, nanos: 0 } }] }), 7_000],
    [grpc(8, "x", { statusDetails: [{ retryDelay: { seconds: -2 } }, { retryDelay: null }] }), undefined],
    [{ code: 8, message: "x", details: [{ retryDelay: "1s" }] }, 1_000],
    [grpc(8), undefined],
  ])("says how long to wait where the service does: %#", (thrown, retryAfterMs) => {
    expect(gcpError(thrown, place).retryAfterMs).toBe(retryAfterMs);
  });
});

describe("what never reached the service", () => {
  readsFetch(gcpError);

  readsTheEndOfWaiting(gcpError);

  it.each([
    new Error("Could not load the default credentials. Browse to https://cloud.google.com/docs"),
    grpc(14, "Getting metadata from plugin failed with error: Could not refresh access token: x"),
    grpc(2, "Getting metadata from plugin failed with error: invalid_grant"),
  ])("is a matter of credentials where nobody could sign in, whatever its code: %#", (thrown) => {
    const error = gcpError(thrown, place);

    expect(error).toMatchObject({ code: "credentials", retryable: true });
    expect(error.message).toMatch(/Check the credentials/);
  });
});

describe("answers that are no failures", () => {
  it("are told by what was asked for", () => {
    const missing = [grpc(5), status(404, "NOT_FOUND"), http(404, "no"), http(404, oldStyle("notFound"))];
    const unmet = [
      grpc(6),
      grpc(9),
      status(409, "ALREADY_EXISTS"),
      http(412, oldStyle("conditionNotMet")),
      http(412, ""),
    ];

    expect(missing.map(isNotFound)).toEqual([true, true, true, true]);
    expect(unmet.map(isConditionFailed)).toEqual([true, true, true, true, true]);
    expect(unmet.some(isNotFound)).toBe(false);
    expect(missing.some(isConditionFailed)).toBe(false);
    expect([grpc(14), undefined, "x"].some((thrown) => isNotFound(thrown) || isConditionFailed(thrown))).toBe(false);
  });
});

describe("anything else that is thrown", () => {
  readsAnything(gcpError, fc.oneof(oddCall(), oddAnswer()));
});

/** In the form of what gRPC throws. */
function oddCall(): fc.Arbitrary<unknown> {
  const junk = fc.oneof(fc.anything(), fc.constantFrom("AbortError", "ECONNRESET", "NOT_FOUND", 3, 8, 503));
  const detail = fc.record({ retryDelay: junk, reason: junk });
  const fields = ["name", "code", "message", "details", "reason", "httpStatusCode", "cause"];
  return fc.record({
    ...Object.fromEntries(fields.map((field) => [field, junk])),
    statusDetails: fc.oneof(junk, fc.array(fc.oneof(junk, detail))),
  });
}

function errorInfo(reason: string): object {
  return { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" };
}

function oldStyle(reason: string): object {
  return { error: { code: 400, message: "text", errors: [{ domain: "global", reason, message: "text" }] } };
}
