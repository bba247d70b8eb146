import type { IncomingMessage, ServerResponse } from "node:http";
import { type Listener, listen } from "../../listen";
import { answerTooLarge, FunctionError, MAX_PAYLOAD_BYTES } from "./errors";

/** What the runtime in an execution environment says. */
export interface RuntimeEvents {
  /** It is initialized, or done with an invocation, and waits for the next. */
  ready(): void;
  /** JSON. */
  response(requestId: string, body: string): void;
  error(requestId: string, error: FunctionError): void;
  initError(error: FunctionError): void;
}

export interface Invocation {
  requestId: string;
  /** JSON. */
  event: string;
  /** Milliseconds since 1970. */
  deadline: number;
  functionArn: string;
}

export interface RuntimeApi {
  /** `host:port`, as in AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Answers the runtime's request for an invocation. Only once per `ready`. */
  next(invocation: Invocation): void;
  close(): Promise<void>;
}

const ROUTE = /^\/2018-06-01\/runtime\/(?:(invocation\/next)|invocation\/([^/]+)\/(response|error)|(init\/error))$/;

/** Lambda's runtime API for one environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export async function serveRuntimeApi(events: RuntimeEvents): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;

  const server: Listener = await listen(async (request, response) => {
    const [, next, requestId, kind, initError] = ROUTE.exec(request.url ?? "") ?? [];
    if (next) {
      waiting = response;
      events.ready();
    } else if (requestId && kind === "response") {
      const { body, bytes } = await bounded(request);
      const tooLarge = bytes > MAX_PAYLOAD_BYTES;
      if (tooLarge) events.error(requestId, answerTooLarge(bytes));
      else events.response(requestId, body);
      reply(response, tooLarge ? 413 : 202);
    } else if (requestId) {
      events.error(requestId, toFunctionError((await bounded(request)).body));
      reply(response, 202);
    } else if (initError) {
      events.initError(toFunctionError((await bounded(request)).body));
      reply(response, 202);
    } else {
      reply(response, 404);
    }
  });

  return {
    address: `127.0.0.1:${server.port}`,
    next: ({ requestId, event, deadline, functionArn }) => {
      waiting?.writeHead(200, {
        "content-type": "application/json",
        "lambda-runtime-aws-request-id": requestId,
        "lambda-runtime-deadline-ms": String(deadline),
        "lambda-runtime-invoked-function-arn": functionArn,
        "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
      });
      waiting?.end(event);
      waiting = undefined;
    },
    close: () => server.close(),
  };
}

function reply(response: ServerResponse, status: number): void {
  response
    .writeHead(status, { "content-type": "application/json" })
    .end(`{"status":"${status < 400 ? "OK" : "Error"}"}`);
}

/** Counts all bytes but keeps no more than an answer may have. */
async function bounded(request: IncomingMessage): Promise<{ body: string; bytes: number }> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_PAYLOAD_BYTES) kept.push(chunk);
  }
  return { body: Buffer.concat(kept).toString("utf8"), bytes };
}

function toFunctionError(body: string): FunctionError {
  const { errorType, errorMessage, stackTrace } = parse(body);
  const stack = Array.isArray(stackTrace) ? stackTrace.map(String) : [];
  return new FunctionError(String(errorType ?? "Runtime.Unknown"), String(errorMessage ?? ""), stack);
}

function parse(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
