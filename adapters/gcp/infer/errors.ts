import { SluiceError } from "../../../shared/errors";
import { STATUS_OF, serverError } from "../../endpoint";
import { fieldsOf, is, retryAfterOf } from "../../look";
import { GcpHttpError } from "../client";
import { gcpError } from "../errors";

const ADAPTER = "gcp/infer";

/** How Vertex AI and its proxies say, with status 400, that a request is too long. */
const TOO_LONG = /\b(?:payload|request) size\b|too large/i;

/**
 * What a failed request means. What our own server says is taken at its word, also where Vertex AI wraps it up; only that,
 * and a request that is too long, can blame the rows. All else is the platform's: a 400 that our server did not write (the
 * shared DNS of a dedicated endpoint, say) would otherwise dead-letter every event.
 */
export function invokeError(thrown: unknown, endpoint: string): SluiceError {
  const coordinates = { endpoint };
  const error = gcpError(thrown, { stage: "infer", adapter: ADAPTER, coordinates });
  if (!is(GcpHttpError, thrown)) return error;
  const { status, headers } = thrown;
  const body = ownWords(thrown.body);
  const retryAfterMs = retryAfterOf(headers["retry-after"]);
  if (body !== undefined)
    return serverError({ status, body, adapter: ADAPTER, coordinates, retryAfterMs, cause: thrown });
  if (status === 413 || (status === 400 && TOO_LONG.test(thrown.body))) return becomes("oversize", error);
  // 400 without an explanation too: what nobody can classify is blamed on the rows in the end.
  return error.retryable && error.code !== "internal" ? error : becomes("unavailable", error);
}

function becomes(code: "oversize" | "unavailable", { message, coordinates, cause }: SluiceError): SluiceError {
  return new SluiceError(code, "infer", message, { adapter: ADAPTER, coordinates, cause });
}

/** The body of our server's error: as it came, or as the message of Google's own. */
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
  try {
    return fieldsOf(JSON.parse(body))("error");
  } catch {
    return undefined;
  }
}
