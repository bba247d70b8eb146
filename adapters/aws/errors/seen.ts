import { fieldsOf, numberOf, retryAfterOf, textOf } from "../../look";

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

/** Reads what can be read. Anything can be thrown, and reading some of it throws again. */
export function look(thrown: unknown): Seen {
  const error = fieldsOf(thrown);
  const metadata = fieldsOf(error("$metadata"));
  const response = fieldsOf(error("$response"));
  const headers = fieldsOf(response("headers"));
  return {
    name: textOf(error("name")),
    code: textOf(error("code")),
    message: textOf(typeof thrown === "string" ? thrown : error("message")),
    status: numberOf(metadata("httpStatusCode")) ?? numberOf(response("statusCode")),
    requestId: textOf(metadata("requestId")) || undefined,
    modelStatus: numberOf(error("OriginalStatusCode")),
    throttling: fieldsOf(error("$retryable"))("throttling") === true,
    answered: response("statusCode") !== undefined || metadata("httpStatusCode") !== undefined,
    retryAfterMs: waitOf(headers),
  };
}

/** Seconds by the HTTP header, milliseconds by Amazon's own. */
function waitOf(headers: (name: string) => unknown): number | undefined {
  const ms = textOf(headers("x-amz-retry-after"));
  return retryAfterOf(headers("retry-after")) ?? (/^\d{1,9}$/.test(ms) ? Number(ms) : undefined);
}
