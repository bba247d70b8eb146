import { ConfigError, SluiceError } from "../../shared/errors";
import { is } from "../look";
import type { ErrorPlace } from "../place";
import { codeOf, NODE_CODES, ofStatus, type Verdict } from "../verdict";
import { CODES, OWNERS, STATUSES, SUBSTATUSES, WIRING_TEXT } from "./errors/names";
import { look, type Seen } from "./errors/seen";

export { cancelled, type ErrorPlace } from "../place";

const CHECK = {
  credentials: "Check who is signed in, and the roles of the identity that calls.",
  wiring: "Check that it exists, and its URL in the settings.",
} as const;

/**
 * Anything that a call of an Azure service throws as a SluiceError: answers over HTTP, the errors of the Event Hubs SDK, also
 * where it gathers those of its attempts, network errors, credentials. A SluiceError passes; a ConfigError is thrown on. The
 * message quotes the service only where it cannot have seen an event: what refuses data tends to quote it.
 */
export function azureError(thrown: unknown, place: ErrorPlace): SluiceError {
  if (is(SluiceError, thrown)) return thrown;
  if (is(ConfigError, thrown)) throw thrown;
  const seen = look(thrown);
  const verdict = judge(seen);
  const { code, node, status, substatus, requestId, retryAfterMs } = seen;
  const error = code || node;
  return new SluiceError(codeOf(verdict, place.stage), place.stage, describe(seen, verdict), {
    adapter: place.adapter,
    coordinates: {
      ...place.coordinates,
      ...(error === "" ? {} : { error }),
      ...(status === undefined ? {} : { status }),
      ...(substatus === undefined ? {} : { substatus }),
      ...(requestId === undefined ? {} : { requestId }),
    },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: thrown,
  });
}

/** Whether the blob, message or document asked for is not there. Not: its container. */
export function isNotFound(thrown: unknown): boolean {
  const { status, substatus = 0, code } = look(thrown);
  return status === 404 && substatus === 0 && !OWNERS.has(code);
}

/** Whether a conditional write found its condition unmet, or the thing to create there already: an answer, not a failure. */
export function isConditionFailed(thrown: unknown): boolean {
  const { status, code } = look(thrown);
  return status === 412 || (status === 409 && (code === "BlobAlreadyExists" || code === "Conflict"));
}

function judge({ name, code, node, message, status, substatus }: Seen): Verdict {
  if (name === "AbortError") return "cancelled";
  // Credentials first: what they could not reach is not what was called.
  const atOnce = CODES.get(name) ?? NODE_CODES.get(node);
  if (atOnce !== undefined) return atOnce;
  const known = SUBSTATUSES.get(`${status}/${substatus}`) ?? CODES.get(code) ?? STATUSES.get(String(status));
  if ((known === undefined || known === "data") && WIRING_TEXT.test(message)) return "wiring";
  const verdict = known ?? ofStatus(status);
  if (verdict !== undefined) return verdict;
  if (name === "TimeoutError") return "timeout";
  // The SDK gives what it cannot name a type of its own.
  return name === "MessagingError" ? "unavailable" : "internal";
}

function describe(seen: Seen, verdict: Verdict): string {
  const { code, node, status, substatus, name } = seen;
  const http = status === undefined ? "" : `HTTP ${status}${substatus === undefined ? "" : `/${substatus}`}`;
  const known = [code, node, http].filter(Boolean).join(", ");
  const what = known || (name === "Error" ? "" : name);
  const said = verdict === "data" || name === "SyntaxError" ? "" : seen.message;
  const hint = verdict === "wiring" || verdict === "credentials" ? CHECK[verdict] : "";
  return [`Azure: ${what || "an error without a name"}.`, said, hint].filter(Boolean).join(" ");
}
