import { clip } from "../../../shared/errors";

/** What is read of a thrown value, whatever it is. */
export interface Seen {
  name: string;
  code: string;
  message: string;
  status: number | undefined;
  requestId: string | undefined;
  /** HTTP status of the model's own container, on a ModelError. */
  modelStatus: number | undefined;
  throttling: boolean;
  /** The service sent an answer, whether or not it could be read. */
  answered: boolean;
  retryAfterMs: number | undefined;
}

const MAX_TEXT_CHARS = 400;

/** Reads what can be read. Anything can be thrown, and reading some of it throws again. */
export function look(thrown: unknown): Seen {
  const error = fieldsOf(thrown);
  const metadata = fieldsOf(error("$metadata"));
  const response = fieldsOf(error("$response"));
  const headers = fieldsOf(response("headers"));
  return {
    name: text(error("name")),
    code: text(error("code")),
    message: text(typeof thrown === "string" ? thrown : error("message")),
    status: number(metadata("httpStatusCode")) ?? number(response("statusCode")),
    requestId: text(metadata("requestId")) || undefined,
    modelStatus: number(error("OriginalStatusCode")),
    throttling: fieldsOf(error("$retryable"))("throttling") === true,
    answered: response("statusCode") !== undefined || metadata("httpStatusCode") !== undefined,
    retryAfterMs: waitOf(headers),
  };
}

/** Seconds by the HTTP header (RFC 9110, 10.2.3), milliseconds by Amazon's own. */
function waitOf(headers: (name: string) => unknown): number | undefined {
  const seconds = text(headers("retry-after"));
  if (/^\d{1,6}(?:\.\d{1,6})?$/.test(seconds)) return Number(seconds) * 1_000;
  const ms = text(headers("x-amz-retry-after"));
  return /^\d{1,9}$/.test(ms) ? Number(ms) : undefined;
}

function fieldsOf(value: unknown): (name: string) => unknown {
  return (name) => {
    try {
      return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    } catch {
      return undefined;
    }
  };
}

/** One line of bounded length: all of it ends in messages and coordinates. */
function text(value: unknown): string {
  return typeof value === "string" ? clip(value, MAX_TEXT_CHARS) : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** `instanceof`, of values that may throw when asked. */
export function is<T>(kind: abstract new (...args: never[]) => T, value: unknown): value is T {
  try {
    return value instanceof kind;
  } catch {
    return false;
  }
}
