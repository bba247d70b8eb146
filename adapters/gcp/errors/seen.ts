import { fieldsOf, is, nodeCodeOf, numberOf, parsed, retryAfterOf, textOf } from "../../look";
import { HttpError } from "../../rest";
import { RPC_NAMES } from "./names";

/** What is read of a thrown value, whatever it is. */
export interface Seen {
  /** The JavaScript error's. */
  name: string;
  /** As `RESOURCE_EXHAUSTED`. */
  rpc: string;
  /** As `SERVICE_DISABLED`, `rateLimitExceeded`, `invalid_grant`. */
  reason: string;
  /** Code of Node's own errors. */
  code: string;
  message: string;
  /** HTTP status. */
  status: number | undefined;
  retryAfterMs: number | undefined;
}

/** Reads what can be read, of gRPC's errors, of HTTP's, of a status in an answer (`{code, message}`), and of Node's own. */
export function look(thrown: unknown): Seen {
  return is(HttpError, thrown) ? lookHttp(thrown) : lookOther(thrown);
}

function lookHttp({ name, status, headers, body }: HttpError): Seen {
  const answer = parsed(body);
  // An array where the method streams; OAuth has a text, and what there is to say beside it.
  const error = fieldsOf(answer)("error") ?? fieldsOf(fieldsOf(answer)("0"))("error");
  const field = fieldsOf(error);
  const details = listOf(field("details"));
  const oldStyle = fieldsOf(listOf(field("errors"))[0]);
  return {
    name,
    rpc: textOf(field("status")),
    reason: first(details.map((detail) => fieldsOf(detail)("reason"))) || textOf(oldStyle("reason")) || textOf(error),
    code: "",
    message: textOf(field("message")) || textOf(fieldsOf(answer)("error_description")),
    status,
    retryAfterMs: retryAfterOf(headers["retry-after"]) ?? delayOf(details),
  };
}

function lookOther(thrown: unknown): Seen {
  const error = fieldsOf(thrown);
  const code = error("code");
  const details = listOf(error("statusDetails"));
  return {
    name: textOf(error("name")),
    rpc: typeof code === "number" ? (RPC_NAMES[code] ?? "") : RPC_NAMES.includes(textOf(code)) ? textOf(code) : "",
    reason: textOf(error("reason")),
    code: nodeCodeOf(thrown),
    message: textOf(error("details")) || textOf(typeof thrown === "string" ? thrown : error("message")),
    status: numberOf(error("httpStatusCode")),
    retryAfterMs: delayOf([...details, ...listOf(error("details"))]),
  };
}

/** google.rpc.RetryInfo: `"3.5s"` in JSON, seconds and nanoseconds once decoded, the seconds mostly as a 64-bit integer in two halves. */
function delayOf(details: readonly unknown[]): number | undefined {
  for (const detail of details) {
    const delay = fieldsOf(detail)("retryDelay");
    const text = /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(textOf(delay));
    if (text !== null) return Math.round(Number(text[1]) * 1_000);
    const seconds = fieldsOf(delay)("seconds");
    const wholeSeconds = numberOf(seconds) ?? numberOf(fieldsOf(seconds)("low"));
    const nanos = numberOf(fieldsOf(delay)("nanos"));
    if (wholeSeconds === undefined && nanos === undefined) continue;
    const ms = (wholeSeconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
    if (ms >= 0 && ms < 1e9) return Math.round(ms);
  }
  return undefined;
}

function listOf(value: unknown): readonly unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, 20) : [];
  } catch {
    return [];
  }
}

function first(values: readonly unknown[]): string {
  return values.map(textOf).find((text) => text !== "") ?? "";
}
