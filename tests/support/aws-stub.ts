import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import "./native-errors";

/** One request as it came. */
export interface StubRequest {
  method: string;
  /** With the query. */
  path: string;
  /** The operation of a JSON protocol, as `PutRecords`; empty for REST. */
  operation: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body as JSON. */
  json: <T>() => T;
}

/** What the stub answers: bytes, text, or an object as JSON. `hang` never answers, `reset` breaks the connection. */
export type StubReply =
  | { status?: number; headers?: Record<string, string>; body?: string | Uint8Array | object }
  | "hang"
  | "reset";

/** Answers a request; `number` counts them from 0. */
export type StubAnswer = (request: StubRequest, number: number) => StubReply | Promise<StubReply>;

export interface AwsStub {
  readonly endpoint: string;
  /** All requests so far. */
  readonly requests: readonly StubRequest[];
  close(): Promise<void>;
}

// Something to sign with: the stub checks no signature.
process.env["AWS_ACCESS_KEY_ID"] ??= "test";
process.env["AWS_SECRET_ACCESS_KEY"] ??= "test";
process.env["AWS_REGION"] ??= "us-east-1";

/** A service that speaks plain HTTP and does as the test says. */
export async function openAwsStub(answer: StubAnswer): Promise<AwsStub> {
  const requests: StubRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const request: StubRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      operation: String(incoming.headers["x-amz-target"] ?? "").replace(/^.*\./, ""),
      headers: incoming.headers,
      body,
      json: () => JSON.parse(body.toString()),
    };
    send(response, await answer(request, requests.push(request) - 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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

function send(response: ServerResponse, reply: StubReply): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    response.socket?.destroy();
    return;
  }
  const { status = 200, headers = {}, body = {} } = reply;
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1", ...headers });
  response.end(isRaw ? body : JSON.stringify(body));
}
