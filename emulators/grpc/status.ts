import type { ServerResponse } from "node:http";

/** Canonical codes of google.rpc by name, with the HTTP status under which a JSON API answers them. */
const CODES = {
  CANCELLED: { code: 1, http: 499 },
  UNKNOWN: { code: 2, http: 500 },
  INVALID_ARGUMENT: { code: 3, http: 400 },
  DEADLINE_EXCEEDED: { code: 4, http: 504 },
  NOT_FOUND: { code: 5, http: 404 },
  ALREADY_EXISTS: { code: 6, http: 409 },
  PERMISSION_DENIED: { code: 7, http: 403 },
  RESOURCE_EXHAUSTED: { code: 8, http: 429 },
  FAILED_PRECONDITION: { code: 9, http: 400 },
  ABORTED: { code: 10, http: 409 },
  OUT_OF_RANGE: { code: 11, http: 400 },
  UNIMPLEMENTED: { code: 12, http: 501 },
  INTERNAL: { code: 13, http: 500 },
  UNAVAILABLE: { code: 14, http: 503 },
  UNAUTHENTICATED: { code: 16, http: 401 },
} as const;

export type StatusName = keyof typeof CODES;

/** An answer of a Google API that is an error; gRPC takes `code` and `details` from it as they are. */
export class RpcError extends Error {
  readonly status: StatusName;
  readonly code: number;
  readonly details: string;

  constructor(status: StatusName, message: string) {
    super(message);
    this.name = "RpcError";
    this.status = status;
    this.code = CODES[status].code;
    this.details = message;
  }
}

/** Whatever was thrown, as an answer: what is not an answer already is a bug of the emulator. */
export function asRpcError(thrown: unknown): RpcError {
  return thrown instanceof RpcError ? thrown : new RpcError("INTERNAL", String(thrown));
}

/** The HTTP status of an answer. */
export function httpStatus(status: StatusName): number {
  return CODES[status].http;
}

/** Sends the answer as google.rpc.Status in JSON: `{"error": {"code": 404, "message": "...", "status": "NOT_FOUND"}}`. */
export function sendRpcError(response: ServerResponse, thrown: unknown): void {
  const { status, message } = asRpcError(thrown);
  sendJson(response, { error: { code: httpStatus(status), message, status } }, httpStatus(status));
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" }).end(JSON.stringify(body));
}
