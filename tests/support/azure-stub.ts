import type { AzureCredentials } from "../../adapters/azure/client";
import { type HttpRequest, type HttpStub, openHttpStub, type StubReply } from "./http-stub";

export type { HttpRequest, StubReply } from "./http-stub";

/** Answers a request; `number` counts them from 0. */
export type AzureStubAnswer = (request: HttpRequest, number: number) => StubReply | Promise<StubReply>;

export type AzureStub = HttpStub<HttpRequest>;

/** An Azure service, or a managed identity's server, that does as the test says. */
export function openAzureStub(answer: AzureStubAnswer): Promise<AzureStub> {
  return openHttpStub({ answer, read: (request) => request, contentType: "application/json; charset=utf-8" });
}

/** Runs a test against a stub and closes it. */
export async function withAzureStub<T>(answer: AzureStubAnswer, test: (stub: AzureStub) => Promise<T>): Promise<T> {
  const stub = await openAzureStub(answer);
  try {
    return await test(stub);
  } finally {
    await stub.close();
  }
}

interface FailureOptions {
  /** Of Cosmos DB. */
  substatus?: number;
  headers?: Record<string, string>;
}

/** An error as Cosmos DB answers with. */
export function cosmosFailure(
  status: number,
  code: string,
  { substatus, headers = {} }: FailureOptions = {},
  message = "text of the service",
): StubReply {
  const more = substatus === undefined ? {} : { "x-ms-substatus": String(substatus) };
  return { status, headers: { "x-ms-activity-id": "activity-1", ...more, ...headers }, body: { code, message } };
}

/** An error as Storage answers with. */
export function storageFailure(
  status: number,
  code: string,
  { headers = {} }: FailureOptions = {},
  message = "text of the service",
): StubReply {
  return {
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code, "x-ms-request-id": "request-1", ...headers },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

/** An error as Event Grid, Azure ML and Azure's own management answer with. */
export function azureFailure(
  status: number,
  code: string,
  { headers = {} }: FailureOptions = {},
  message = "text of the service",
): StubReply {
  return { status, headers, body: { error: { code, message } } };
}

/** What the server of a managed identity says. */
export function identityAnswer({
  token = "token",
  expiresInMs = 24 * 3_600_000,
  now = Date.now(),
}: {
  token?: string;
  expiresInMs?: number;
  now?: number;
} = {}): AzureStubAnswer {
  return ({ path, headers }) => {
    if (headers["x-identity-header"] !== IDENTITY_HEADER) return { status: 400, body: { message: "no header" } };
    const resource = new URL(path, "http://identity").searchParams.get("resource");
    const expires_on = String(Math.floor((now + expiresInMs) / 1_000));
    return { body: { access_token: token, expires_on, resource, token_type: "Bearer" } };
  };
}

const IDENTITY_HEADER = "identity-secret";

/** Runs a test as a function with a managed identity, whose server does as the test says. */
export function withIdentity<T>(answer: AzureStubAnswer, test: (stub: AzureStub) => Promise<T>): Promise<T> {
  return withAzureStub(answer, (stub) =>
    withAzureEnvironment(
      { IDENTITY_ENDPOINT: `${stub.endpoint}/msi/token`, IDENTITY_HEADER, AZURE_CLIENT_ID: "client-1" },
      () => test(stub),
    ),
  );
}

/** Runs a test with these variables, and those that would reach the machine's own credentials gone. */
export async function withAzureEnvironment<T>(
  variables: Readonly<Record<string, string>>,
  test: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^(?:AZURE_|IDENTITY_|MSI_)/.test(name)) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await test();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

/** Credentials that nobody has to give out; they note what was refused. */
export function stubCredentials(): AzureCredentials & { readonly forgotten: readonly string[] } {
  const forgotten: string[] = [];
  return {
    token: async (scope) => `token of ${scope}`,
    forget: (scope) => void forgotten.push(scope),
    credential: { getToken: async () => ({ token: "token", expiresOnTimestamp: Date.now() + 3_600_000 }) },
    forgotten,
  };
}
