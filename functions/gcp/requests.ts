import type { ServerResponse } from "node:http";
import { systemClock } from "../../adapters/system";
import type { Clock } from "../../shared/clock";
import { messageOf } from "../../shared/errors";
import { createGate, type Visit } from "../model-server/gate";
import { type PushRequest, readPush } from "./body";
import { watchDeparture } from "./departure";
import { Refusal, refusalOf } from "./refusal";

/** What becomes of a push. */
export interface PushAnswer {
  status: number;
  headers?: Readonly<Record<string, string>> | undefined;
}

export interface RequestsOptions {
  /**
   * One message, from its wrapped form to the status that acknowledges it or does not. Must abide by the signal. Rejects with
   * a SluiceError `envelope` for what is no push.
   */
  process(push: unknown, signal: AbortSignal): Promise<PushAnswer>;
  /** Whether the request comes from our subscription. Default: whoever reaches us, for the platform has checked. */
  verify?: ((authorization: string | undefined) => Promise<boolean>) | undefined;
  /** What `GET /ready` tells. Undefined: not ready. */
  ready(): Readonly<Record<string, string>> | undefined;
  /** One line of the log; never any payload. */
  log(message: string): void;
  clock?: Clock | undefined;
}

/** The function as `node:http` and functions-framework call it. */
export interface PushHandler {
  /** Answers one request, when all of its work is done: Cloud Run takes the CPU away after that. Never rejects. */
  handle(request: PushRequest, response: ServerResponse): Promise<void>;
  /**
   * Takes no more pushes, lets those under way finish for `graceMs` (default 8 s), and then has the rest handed back.
   * Resolves when all are answered.
   */
  close(graceMs?: number): Promise<void>;
}

/** Cloud Run sends up to 80 at once; and a body of 10 MB takes several times that. */
const LIMITS = { maxRequests: 100, maxBytes: 64 * 1024 * 1024 };

/** Cloud Run kills 10 s after its SIGTERM: https://cloud.google.com/run/docs/container-contract#instance-shutdown */
const GRACE_MS = 8_000;

/** Requests to answers: the routes, who may come in, and the way out. */
export function createRequests(options: RequestsOptions): PushHandler {
  const { verify = async () => true, ready, log, clock = systemClock } = options;
  const gate = createGate(LIMITS);
  const underWay = new Set<Promise<void>>();
  const shutdown = new AbortController();
  let closing = false;

  async function answer(request: PushRequest, response: ServerResponse): Promise<void> {
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (path === "/ready" && (request.method === "GET" || request.method === "HEAD")) sendReadiness(response);
    else if (path !== "/") refuse(response, new Refusal(404, "There is nothing here: POST /, GET /ready."));
    else if (request.method !== "POST") refuse(response.setHeader("allow", "POST"), new Refusal(405, "Use POST."));
    else await push(request, response);
  }

  async function push(request: PushRequest, response: ServerResponse): Promise<void> {
    const visit = gate.enter();
    const departure = watchDeparture(request, response, shutdown.signal);
    try {
      if (closing) throw new Refusal(503, "This instance is shutting down.");
      if (visit === undefined) throw new Refusal(429, "This instance has as many requests as it takes.");
      const { status, headers = {} } = await accept(request, visit, departure.signal);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      send(response, status);
    } catch (thrown) {
      refuse(response, thrown);
    } finally {
      departure.dispose();
      visit?.leave();
    }
  }

  async function accept(request: PushRequest, visit: Visit, signal: AbortSignal): Promise<PushAnswer> {
    if (!(await verify(request.headers.authorization)))
      throw new Refusal(401, "The push does not come from the subscription.");
    return options.process(await readPush(request, visit), signal);
  }

  function sendReadiness(response: ServerResponse): void {
    const said = closing ? undefined : ready();
    if (said === undefined) send(response, 503, { status: closing ? "stopping" : "loading" });
    else send(response, 200, { status: "ready", ...said });
  }

  function refuse(response: ServerResponse, thrown: unknown): void {
    // Nobody is there to read it.
    if (response.destroyed) return;
    const { status, message, saysAll } = refusalOf(thrown);
    if (!saysAll) log(messageOf(thrown));
    send(response, status, { error: message });
  }

  function send(response: ServerResponse, status: number, body?: object): void {
    response.statusCode = status;
    if (closing) response.setHeader("connection", "close");
    if (body === undefined) response.end();
    else response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  }

  return {
    handle(request, response) {
      const answered = answer(request, response).finally(() => underWay.delete(answered));
      underWay.add(answered);
      return answered;
    },

    async close(graceMs = GRACE_MS) {
      closing = true;
      const finished = new AbortController();
      clock.sleep(graceMs, finished.signal).then(
        () => shutdown.abort(),
        () => {},
      );
      while (underWay.size > 0) await Promise.all(underWay);
      finished.abort();
    },
  };
}
