import { type HttpRequest, type HttpStub, openHttpStub, type StubReply } from "./http-stub";

export type { HttpRequest, StubReply } from "./http-stub";

/** Answers a request; `number` counts them from 0. */
export type GcpStubAnswer = (request: HttpRequest, number: number) => StubReply | Promise<StubReply>;

export type GcpStub = HttpStub<HttpRequest>;

/** HTTP status of a gRPC code: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const STATUS_OF: Readonly<Record<string, number>> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
  UNAUTHENTICATED: 401,
};

/** A Google service, or a metadata server, that does as the test says. */
export function openGcpStub(answer: GcpStubAnswer): Promise<GcpStub> {
  return openHttpStub({ answer, read: (request) => request, contentType: "application/json; charset=UTF-8" });
}

/** Runs a test against a stub and closes it. */
export async function withGcpStub<T>(answer: GcpStubAnswer, test: (stub: GcpStub) => Promise<T>): Promise<T> {
  const stub = await openGcpStub(answer);
  try {
    return await test(stub);
  } finally {
    await stub.close();
  }
}

/** A google.rpc.Status as Google's APIs answer with; `details` may hold a RetryInfo, an ErrorInfo ... */
export function gcpFailure(
  rpc: string,
  message = "text of the service",
  more: { details?: readonly object[]; headers?: Record<string, string> } = {},
): StubReply {
  const status = STATUS_OF[rpc] ?? 500;
  return {
    status,
    headers: more.headers ?? {},
    body: { error: { code: status, message, status: rpc, details: more.details ?? [] } },
  };
}

/** What a metadata server says; the identity is a token nobody has signed, that lasts as long. */
export function metadataAnswer({
  token = "access",
  expiresIn = 3_599,
  now = Date.now(),
}: {
  token?: string;
  /** Seconds. */
  expiresIn?: number;
  now?: number;
} = {}): GcpStubAnswer {
  return ({ path, headers }) => {
    if (headers["metadata-flavor"] !== "Google") return { status: 403, body: "Missing Metadata-Flavor:Google header." };
    const { pathname, searchParams } = new URL(path, "http://metadata");
    if (pathname.endsWith("/token"))
      return { body: { access_token: token, expires_in: expiresIn, token_type: "Bearer" } };
    if (!pathname.endsWith("/identity")) return { status: 404, body: "not found" };
    const claims = { aud: searchParams.get("audience"), exp: Math.floor(now / 1_000) + expiresIn };
    return { body: `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x` };
  };
}

/** Runs a test with these variables, and those that would reach the machine's own credentials or an emulator gone. */
export async function withGcpEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  test: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  for (const name of OWN) delete process.env[name];
  Object.assign(process.env, { CLOUDSDK_CONFIG: "/nowhere", METADATA_SERVER_DETECTION: "none" }, variables);
  try {
    return await test();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

const OWN = [
  ...["PUBSUB_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST"],
  ...["GCE_METADATA_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN", "K_SERVICE"],
];
