import { ConfigError, SluiceError } from "../../shared/errors";
import { is } from "../look";
import type { ErrorPlace } from "../place";
import { codeOf, NODE_CODES, ofStatus, type Verdict } from "../verdict";
import { CREDENTIALS_TEXT, REASONS, RPC_CODES, TOO_LONG_TEXT, WIRING_TEXT } from "./errors/names";
import { look, type Seen } from "./errors/seen";

export { cancelled, type ErrorPlace } from "../place";

const CHECK = {
  credentials: "Check the credentials and the roles of the account that calls.",
  wiring: "Check that it exists, that its API is enabled, and the project, region and name in the settings.",
} as const;

/**
 * Anything that a call of a Google service throws as a SluiceError: gRPC's errors, answers over HTTP, single results with a
 * code (`{code: 8, message}`), network errors. A SluiceError passes; a ConfigError is thrown on. The message quotes the
 * service only where it cannot have seen an event: what refuses data tends to quote it.
 */
export function gcpError(thrown: unknown, place: ErrorPlace): SluiceError {
  if (is(SluiceError, thrown)) return thrown;
  if (is(ConfigError, thrown)) throw thrown;
  const seen = look(thrown);
  const verdict = judge(seen);
  const { rpc, reason, status, retryAfterMs } = seen;
  const error = reason || rpc || seen.code;
  return new SluiceError(codeOf(verdict, place.stage), place.stage, describe(seen, verdict), {
    adapter: place.adapter,
    coordinates: {
      ...place.coordinates,
      ...(error === "" ? {} : { error }),
      ...(status === undefined ? {} : { status }),
    },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: thrown,
  });
}

/** Whether the thing asked for is not there. */
export function isNotFound(thrown: unknown): boolean {
  const { rpc, status } = look(thrown);
  return rpc === "NOT_FOUND" || (rpc === "" && status === 404);
}

/** Whether a conditional write found its condition unmet, or the thing to create there already: an answer, not a failure. */
export function isConditionFailed(thrown: unknown): boolean {
  const { rpc, reason, status } = look(thrown);
  return rpc === "ALREADY_EXISTS" || rpc === "FAILED_PRECONDITION" || reason === "conditionNotMet" || status === 412;
}

function judge(seen: Seen): Verdict {
  const { name, rpc, reason, code, message, status } = seen;
  if (name === "AbortError") return "cancelled";
  if (CREDENTIALS_TEXT.test(message)) return "credentials";
  const byNode = NODE_CODES.get(code);
  if (byNode !== undefined && rpc === "") return byNode;
  const known = REASONS.get(reason) ?? RPC_CODES.get(rpc);
  if (known === "throttled" && TOO_LONG_TEXT.test(message)) return "data";
  if (known === undefined || known === "data" || known === "conflict") if (WIRING_TEXT.test(message)) return "wiring";
  const verdict = known ?? ofStatus(status);
  if (verdict !== undefined) return verdict;
  return name === "TimeoutError" ? "timeout" : "internal";
}

function describe(seen: Seen, verdict: Verdict): string {
  const { rpc, reason, code, status, name } = seen;
  const known = [rpc, reason, code, status === undefined ? "" : `HTTP ${status}`].filter(Boolean);
  const what = known.length > 0 ? known.join(", ") : name === "Error" ? "" : name;
  const said = verdict === "data" || name === "SyntaxError" ? "" : seen.message;
  const hint = verdict === "wiring" || verdict === "credentials" ? CHECK[verdict] : "";
  return [`Google Cloud: ${what || "an error without a name"}.`, said, hint].filter(Boolean).join(" ");
}
