import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import "./native-errors";

/** One request as it came. */
export interface HttpRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** The body as JSON. */
  json: <T>() => T;
}

/** What a stub answers: bytes, text, or an object as JSON. `hang` never answers, `reset` breaks the connection. */
export type StubReply =
  | { status?: number; headers?: Record<string, string>; body?: string | Uint8Array | object }
  | "hang"
  | "reset";

export interface HttpStub<Request extends HttpRequest> {
  readonly endpoint: string;
  /** All requests so far. */
  readonly requests: readonly Request[];
  close(): Promise<void>;
}

export interface HttpStubOptions<Request extends HttpRequest> {
  /** Answers a request; `number` counts them from 0. */
  answer: (request: Request, number: number) => StubReply | Promise<StubReply>;
  /** What a service's own stub reads of a request beside. */
  read: (request: HttpRequest) => Request;
  /** Of the answers. */
  contentType: string;
}

/** A server that does as the test says. */
export async function openHttpStub<Request extends HttpRequest>(
  options: HttpStubOptions<Request>,
): Promise<HttpStub<Request>> {
  const { answer, read, contentType } = options;
  const requests: Request[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const request = read({
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      headers: incoming.headers,
      body,
      json: () => JSON.parse(body.toString()),
    });
    send(response, await answer(request, requests.push(request) - 1), contentType);
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

function send(response: ServerResponse, reply: StubReply, contentType: string): void {
  if (reply === "hang") return;
  if (reply === "reset") {
    response.socket?.destroy();
    return;
  }
  const { status = 200, headers = {}, body = {} } = reply;
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  response.writeHead(status, { "content-type": contentType, ...headers });
  response.end(isRaw ? body : JSON.stringify(body));
}
