import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../shared/clock";
import { systemClock } from "../clock";
import { type ContainerAnswer, callContainer } from "../container";
import { type Listener, type ListenOptions, listen, readBody } from "../listen";

export interface SageMakerOptions extends ListenOptions {
  /** Base URL of the container behind each endpoint: what answers POST /invocations. */
  endpoints: Readonly<Record<string, string>>;
  /** How long an endpoint is not ready after its first request, milliseconds. Default 0. */
  coldStartMs?: number | undefined;
  clock?: Pick<Clock, "monotonic" | "sleep"> | undefined;
}

/**
 * SageMaker's serverless InvokeEndpoint in front of any container. Enforced as documented: unknown endpoints, 4 MB of
 * request and of answer, 60 s for an answer, ModelNotReadyException in a cold start, ModelError with what the container
 * said. Not enforced: signatures, the endpoint's concurrency.
 */
export type SageMakerEmulator = Listener;

/** https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-invoke.html */
const MAX_PAYLOAD_BYTES = 4 * 1024 * 1024;
const PROCESSING_LIMIT_MS = 60_000;
const ACCOUNT = "123456789012";
const REGION = "us-east-1";

/** What of a request reaches the container. */
const HEADERS = ["content-type", "accept", "x-amzn-sagemaker-custom-attributes"];

export async function openSageMaker(options: SageMakerOptions): Promise<SageMakerEmulator> {
  const { endpoints, coldStartMs = 0, clock = systemClock } = options;
  const readyAt = new Map<string, number>();

  return listen(async (request, response) => {
    response.setHeader("x-amzn-requestid", randomUUID());
    const name = endpointOf(request);
    const body = await readBody(request);
    if (body === undefined) return;
    const target = name !== undefined && Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
    if (name === undefined || target === undefined)
      return fail(response, 400, "ValidationError", `Endpoint ${name ?? ""} of account ${ACCOUNT} not found.`);
    if (body.length > MAX_PAYLOAD_BYTES)
      return fail(response, 400, "ValidationError", `Request ${requestId(response)} has oversize body.`);
    if (!isReady(name)) return fail(response, 429, "ModelNotReadyException", "The endpoint is being provisioned.");

    const answer = await invoke(target, request, body, clock);
    if (answer.status < 200 || answer.status >= 300) return failModel(response, name, answer);
    // That the answer is limited is documented, how the error looks is not.
    if (answer.body.length > MAX_PAYLOAD_BYTES)
      return failModel(response, name, { ...answer, status: 500, body: Buffer.from("The answer is oversize.") });
    response.setHeader("content-type", answer.type);
    response.setHeader("x-amzn-invoked-production-variant", "AllTraffic");
    response.end(answer.body);
  }, options);

  /** A serverless endpoint has no container until somebody asks for one. */
  function isReady(name: string): boolean {
    const now = clock.monotonic();
    if (!readyAt.has(name)) readyAt.set(name, now + coldStartMs);
    return now >= readyAt.get(name)!;
  }
}

async function invoke(
  target: string,
  request: IncomingMessage,
  body: Buffer,
  clock: Pick<Clock, "sleep">,
): Promise<ContainerAnswer> {
  const headers: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = request.headers[name];
    if (typeof value === "string") headers[name] = value;
  }
  const url = new URL("/invocations", target);
  const answer = await callContainer({ url, headers, body, limitMs: PROCESSING_LIMIT_MS, clock });
  return answer === "late" ? { status: 0, type: "", body: Buffer.from(TIMED_OUT) } : answer;
}

const TIMED_OUT =
  "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.";

function endpointOf({ method, url = "" }: IncomingMessage): string | undefined {
  const found = /^\/endpoints\/([^/]+)\/invocations$/.exec(url)?.[1];
  return method === "POST" ? found : undefined;
}

function failModel(response: ServerResponse, name: string, { status, body }: ContainerAnswer): void {
  const OriginalMessage = body.toString();
  const side = status >= 400 && status < 500 ? "client" : "server";
  fail(
    response,
    424,
    "ModelError",
    `Received ${side} error (${status}) from primary with message "${OriginalMessage}".`,
    {
      OriginalStatusCode: status,
      OriginalMessage,
      LogStreamArn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/sagemaker/Endpoints/${name}`,
    },
  );
}

function fail(response: ServerResponse, status: number, type: string, Message: string, detail: object = {}): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.setHeader("x-amzn-errortype", type);
  response.end(JSON.stringify({ Message, ...detail }));
}

function requestId(response: ServerResponse): string {
  return String(response.getHeader("x-amzn-requestid"));
}
