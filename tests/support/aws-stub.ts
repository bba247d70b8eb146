import { type HttpRequest, type HttpStub, openHttpStub, type StubReply } from "./http-stub";

export type { StubReply } from "./http-stub";

export interface StubRequest extends HttpRequest {
  /** The operation of a JSON protocol, as `PutRecords`; empty for REST. */
  operation: string;
}

/** Answers a request; `number` counts them from 0. */
export type StubAnswer = (request: StubRequest, number: number) => StubReply | Promise<StubReply>;

export type AwsStub = HttpStub<StubRequest>;

// Something to sign with: the stub checks no signature.
process.env["AWS_ACCESS_KEY_ID"] ??= "test";
process.env["AWS_SECRET_ACCESS_KEY"] ??= "test";
process.env["AWS_REGION"] ??= "us-east-1";

/** A service that speaks plain HTTP and does as the test says. */
export function openAwsStub(answer: StubAnswer): Promise<AwsStub> {
  return openHttpStub({
    answer,
    read: (request) => ({
      ...request,
      operation: String(request.headers["x-amz-target"] ?? "").replace(/^.*\./, ""),
    }),
    contentType: "application/x-amz-json-1.1",
  });
}

/** Runs a test against a stub and closes it. */
export async function withAwsStub<T>(answer: StubAnswer, test: (stub: AwsStub) => Promise<T>): Promise<T> {
  const stub = await openAwsStub(answer);
  try {
    return await test(stub);
  } finally {
    await stub.close();
  }
}

/** An exception as a JSON protocol writes it. */
export function awsException(
  name: string,
  status = 400,
  message = name,
  headers: Record<string, string> = {},
): StubReply {
  return { status, headers: { "x-amzn-errortype": name, ...headers }, body: { __type: name, message } };
}
