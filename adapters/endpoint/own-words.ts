import { SluiceError } from "../../shared/errors";
import { fieldsOf, is, parsed, retryAfterOf } from "../look";
import { HttpError } from "../rest";
import { STATUS_OF, serverError } from "./errors";

export interface Refusal {
  /** What the call threw. */
  thrown: unknown;
  /** What the platform's table makes of it. */
  error: SluiceError;
  /** As `gcp/infer`. */
  adapter: string;
  coordinates: Readonly<Record<string, string | number>>;
  /** How the platform says, with status 400, that a request is too long. */
  tooLong: RegExp;
}

/**
 * What a failed request over HTTP means. What our own server says is taken at its word, also where a platform wraps it up; only
 * that, and a request that is too long, can blame the rows. All else is the platform's: a 400 that our server did not write
 * (that of an endpoint which is called in a wrong way, say) would otherwise dead-letter every event.
 */
export function refusedBy({ thrown, error, adapter, coordinates, tooLong }: Refusal): SluiceError {
  if (!is(HttpError, thrown)) return error;
  const { status, headers } = thrown;
  const body = ownWords(thrown.body);
  const retryAfterMs = retryAfterOf(headers["retry-after"]);
  if (body !== undefined) return serverError({ status, body, adapter, coordinates, retryAfterMs, cause: thrown });
  if (status === 413 || (status === 400 && tooLong.test(thrown.body))) return becomes("oversize", error, adapter);
  // 400 without an explanation too: what nobody can classify is blamed on the rows in the end.
  return error.retryable && error.code !== "internal" ? error : becomes("unavailable", error, adapter);
}

function becomes(code: "oversize" | "unavailable", { message, coordinates, cause }: SluiceError, adapter: string) {
  return new SluiceError(code, "infer", message, { adapter, coordinates, cause });
}

/** The body of our server's error: as it came, or as the message of the platform's own. */
function ownWords(body: string): string | undefined {
  const error = errorIn(body);
  if (isOurs(error)) return body;
  const wrapped = fieldsOf(error)("message");
  return typeof wrapped === "string" && isOurs(errorIn(wrapped)) ? wrapped : undefined;
}

function isOurs(error: unknown): boolean {
  const code = fieldsOf(error)("code");
  return typeof code === "string" && Object.hasOwn(STATUS_OF, code);
}

function errorIn(body: string): unknown {
  return fieldsOf(parsed(body))("error");
}
