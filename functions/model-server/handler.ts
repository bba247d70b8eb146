import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_OF } from "../../adapters/endpoint";
import { messageOf, SluiceError, toSluiceError } from "../../shared/errors";
import type { Infer, ModelInfo } from "../../shared/ports";
import { readBody } from "./body";
import type { Gate } from "./gate";
import { predict } from "./predict";
import { createRouter, type Routes } from "./routes";
import type { LogEntry } from "./server";

/** A model that has predicted. */
export interface Serving {
  infer: Infer;
  info: ModelInfo;
  /** Names of the outputs in the answer. */
  outputs: readonly string[];
}

export interface HandlerOptions {
  routes: Routes;
  maxRows: number;
  maxBodyBytes: number;
  gate: Gate;
  log(entry: LogEntry): void;
  /** Undefined until the model has predicted. */
  serving(): Serving | undefined;
  /** No connection is to be kept. */
  stopping(): boolean;
}

/** How long a client that was turned away is asked to wait, seconds. */
const RETRY_AFTER = "1";

/** Requests to answers. */
export function createHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { gate, log, serving, stopping } = options;
  const route = createRouter(options.routes);

  return (request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      log({ event: "error", message: messageOf(thrown) });
      response.destroy();
    });
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = route(request.method ?? "", request.url ?? "");
    if ("status" in found) {
      if (found.allow) response.setHeader("allow", found.allow);
      sendJson(response, found.status, { error: { code: "route", message: found.message } });
    } else if (found.to === "live") sendJson(response, 200, { status: "live" });
    else if (found.to === "ready") sendReadiness(response);
    else await score(request, response);
  }

  function sendReadiness(response: ServerResponse): void {
    const model = serving();
    if (model === undefined || stopping()) {
      sendJson(response, 503, { status: stopping() ? "stopping" : "loading" });
      return;
    }
    const { info, outputs } = model;
    sendJson(response, 200, { status: "ready", model: info.version, width: info.width, outputs });
  }

  async function score(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const visit = gate.enter();
    try {
      const model = serving();
      if (model === undefined) throw new SluiceError("cold-start", "infer", "The model is being loaded.");
      if (visit === undefined) throw new SluiceError("throttled", "infer", "The server is busy.");
      const body = await readBody(request, options.maxBodyBytes, visit);
      const reply = await predict(body, request.headers.accept, gone.signal, { ...model, maxRows: options.maxRows });
      send(response, 200, reply.type, reply.body);
    } catch (thrown) {
      refuse(response, toSluiceError(thrown, "infer"));
    } finally {
      visit?.leave();
    }
  }

  function refuse(response: ServerResponse, { code, message }: SluiceError): void {
    // Nobody is there to read it.
    if (code === "cancelled") return;
    const status: number = Object.hasOwn(STATUS_OF, code) ? STATUS_OF[code as keyof typeof STATUS_OF] : 500;
    if (status === 500) log({ event: "error", code, message });
    if (status === 503) response.setHeader("retry-after", RETRY_AFTER);
    sendJson(response, status, { error: { code, message } });
  }

  function sendJson(response: ServerResponse, status: number, body: object): void {
    send(response, status, "application/json", JSON.stringify(body));
  }

  function send(response: ServerResponse, status: number, type: string, body: Uint8Array | string): void {
    response.statusCode = status;
    response.setHeader("content-type", type);
    if (stopping()) response.setHeader("connection", "close");
    response.end(body);
  }
}
