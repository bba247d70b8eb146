import { fieldsOf, is, nodeCodeOf, numberOf, parsed, retryAfterOf, textOf } from "../../look";
import { HttpError } from "../../rest";
import { WAIT_TEXT } from "./names";

/** What is read of a thrown value, whatever it is. */
export interface Seen {
  /** The JavaScript error's. */
  name: string;
  /** The service's: `ServerBusy`, `TooManyRequests`, `UnauthorizedError`. */
  code: string;
  /** Code of Node's own errors. */
  node: string;
  message: string;
  /** HTTP status. */
  status: number | undefined;
  /** Of Cosmos DB. */
  substatus: number | undefined;
  /** What Microsoft's support asks for. */
  requestId: string | undefined;
  retryAfterMs: number | undefined;
}

/** Reads what can be read, of HTTP's errors, of those of the Event Hubs SDK, and of Node's own. */
export function look(thrown: unknown): Seen {
  return is(HttpError, thrown) ? lookHttp(thrown) : lookOther(lastOf(thrown));
}

function lookHttp({ name, status, headers, body }: HttpError): Seen {
  const answer = fieldsOf(parsed(body));
  const error = fieldsOf(answer("error"));
  const substatus = textOf(headers["x-ms-substatus"]);
  return {
    name,
    code: textOf(headers["x-ms-error-code"]) || textOf(error("code")) || textOf(answer("code")),
    node: "",
    message: textOf(error("message")) || textOf(answer("message")) || xmlMessage(body),
    status,
    substatus: /^\d{1,6}$/.test(substatus) ? Number(substatus) : undefined,
    requestId: textOf(headers["x-ms-activity-id"]) || textOf(headers["x-ms-request-id"]) || undefined,
    retryAfterMs: millisecondsOf(headers["x-ms-retry-after-ms"]) ?? retryAfterOf(headers["retry-after"]),
  };
}

function lookOther(thrown: unknown): Seen {
  const error = fieldsOf(thrown);
  const message = textOf(typeof thrown === "string" ? thrown : error("message"));
  const node = nodeCodeOf(thrown);
  const wait = WAIT_TEXT.exec(message)?.[1];
  return {
    name: textOf(error("name")),
    code: node === "" ? textOf(error("code")) : "",
    node,
    message,
    status: numberOf(error("statusCode")),
    substatus: undefined,
    requestId: undefined,
    retryAfterMs: wait === undefined ? undefined : Number(wait) * 1_000,
  };
}

/** Once its retries are used up, the SDK throws all that it saw, without a code. The last one says how things stand. */
function lastOf(thrown: unknown): unknown {
  const error = fieldsOf(thrown);
  const errors = error("errors");
  if (!Array.isArray(errors) || errors.length === 0 || textOf(error("name")) !== "AggregateError") return thrown;
  // Beside a network error of its own, which names its code.
  return nodeCodeOf(thrown) === "" ? errors.at(-1) : thrown;
}

/** Storage speaks XML; what it says is one element of it. */
function xmlMessage(body: string): string {
  return textOf(/<Message>([^<]*)/.exec(body)?.[1]);
}

function millisecondsOf(header: string | undefined): number | undefined {
  const text = textOf(header);
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Math.ceil(Number(text)) : undefined;
}
