import { createRequests, type PushHandler, type RequestsOptions } from "../../../../functions/gcp/requests";
import { startServer } from "../../../../functions/gcp/server";

export const PUSH = { message: { data: "e30=", messageId: "1" }, subscription: "projects/p/subscriptions/s" };

const opened: (() => Promise<void>)[] = [];

/** Puts away what was opened here: call it after each test. */
export async function cleanUp(): Promise<void> {
  for (const close of opened.splice(0)) await close();
}

/** A handler that takes every push, and remembers it. */
export function openHandler(given: Partial<RequestsOptions> = {}) {
  const got: unknown[] = [];
  const logged: string[] = [];
  const { process = async () => ({ status: 204 }), ...more } = given;
  const handler = createRequests({
    ready: () => ({ pipeline: "test" }),
    log: (message) => logged.push(message),
    ...more,
    process: (push, signal) => {
      got.push(push);
      return process(push, signal);
    },
  });
  return { ...handler, got, logged };
}

/** The same behind a server. */
export async function serving(given: Partial<RequestsOptions> = {}) {
  const { got, logged, ...handler } = openHandler(given);
  const server = await startServer(handler, { host: "127.0.0.1", port: 0 });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= server.close();
    return closed;
  };
  opened.push(close);
  const url = `http://127.0.0.1:${server.port}/`;
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url, { method: "POST", body: text, headers });
    const type = response.headers.get("content-type");
    return { status: response.status, headers: response.headers, type, text: await response.text() };
  };
  const started = async (count: number) => {
    while (got.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { url, port: server.port, post, close, started, got, logged };
}

/** One call as functions-framework makes it. */
export async function exchange(handle: PushHandler["handle"], given: object) {
  const request = { url: "/", method: "POST", headers: {}, complete: true, ...given };
  const headers: Record<string, unknown> = {};
  const response = {
    statusCode: 0,
    destroyed: false,
    once: () => response,
    off: () => response,
    setHeader: (name: string, value: unknown) => {
      headers[name] = value;
      return response;
    },
    end: () => response,
  };
  await handle(request as never, response as never);
  return { response, headers };
}
