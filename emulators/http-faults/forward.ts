import { type Agent, type IncomingMessage, request as open, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { readBody } from "../listen";
import type { Answer } from "./fault";

/** Belong to one connection, not to the request (RFC 9110, 7.6.1); `expect` was answered by our own server already. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"]);

export interface Forwarding {
  target: string;
  agent: Agent;
  request: IncomingMessage;
  /** Instead of the request's own body. */
  body: Buffer | string | undefined;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
}

/** The service's answer, once its head is there. */
export interface Upstream {
  pipe(response: ServerResponse): Promise<void>;
  read(): Promise<Answer>;
}

/** Sends a request on. Rejects if the service or the client breaks off. */
export async function forward({ target, agent, request, body, signal }: Forwarding): Promise<Upstream> {
  const headers = endToEnd(request.headers);
  if (body !== undefined) headers["content-length"] = String(Buffer.byteLength(body));
  const upstream = open(new URL(target), { agent, method: request.method, path: request.url, headers, signal });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once("response", resolve);
    upstream.on("error", reject);
  });
  if (body !== undefined) upstream.end(body);
  else pipeline(request, upstream).catch((thrown) => upstream.destroy(thrown));
  const answer = await answered;
  return {
    pipe: async (response) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      await pipeline(answer, response);
    },
    read: async () => {
      const whole = await readBody(answer);
      if (whole === undefined) throw new Error("the service broke off in mid-answer");
      return { status: answer.statusCode ?? 502, headers: endToEnd(answer.headers), body: whole };
    },
  };
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  // Its length may have changed; a HEAD's answer keeps the length of what GET would have sent.
  const { "content-length": length = "0", ...others } = headers;
  const size = response.req.method === "HEAD" ? String(length) : String(Buffer.byteLength(body));
  response.writeHead(status, { ...others, "content-length": size }).end(body);
}

function endToEnd(headers: IncomingMessage["headers"]): Answer["headers"] {
  const kept: Answer["headers"] = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) kept[name] = value;
  }
  return kept;
}
