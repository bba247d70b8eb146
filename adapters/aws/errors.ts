import { ConfigError, SluiceError } from "../../shared/errors";
import { is } from "../look";
import type { ErrorPlace } from "../place";
import { codeOf, NODE_CODES, type Verdict } from "../verdict";
import { NAMES, WIRING_TEXT } from "./errors/names";
import { look, type Seen } from "./errors/seen";

export { cancelled, type ErrorPlace } from "../place";

const CHECK = {
  credentials: "Check the credentials and the permissions of the role that calls.",
  wiring: "Check that it exists, and the region, endpoint and name in the settings.",
} as const;

/**
 * Anything the SDK throws as a SluiceError. A SluiceError passes; a ConfigError is thrown on. The message quotes the
 * service only where it cannot have seen an event: what refuses data tends to quote it.
 */
export function awsError(thrown: unknown, place: ErrorPlace): SluiceError {
  if (is(SluiceError, thrown)) return thrown;
  if (is(ConfigError, thrown)) throw thrown;
  const seen = look(thrown);
  const verdict = judge(seen);
  const { name, status, requestId, retryAfterMs } = seen;
  return new SluiceError(codeOf(verdict, place.stage), place.stage, describe(seen, verdict), {
    adapter: place.adapter,
    coordinates: {
      ...place.coordinates,
      ...(name === "" ? {} : { error: name }),
      ...(status === undefined ? {} : { status }),
      ...(requestId === undefined ? {} : { requestId }),
    },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: thrown,
  });
}

/** Whether a conditional write found its condition unmet: an answer, not a failure. */
export function isConditionFailed(thrown: unknown): boolean {
  const { name, status } = look(thrown);
  return name === "ConditionalCheckFailedException" || name === "PreconditionFailed" || status === 412;
}

/** Whether the thing asked for is not there. */
export function isNotFound(thrown: unknown): boolean {
  const { name } = look(thrown);
  return name === "NoSuchKey" || name === "NotFound";
}

function judge(seen: Seen): Verdict {
  const { name, code, message, throttling, status, modelStatus } = seen;
  if (name === "AbortError") return "cancelled";
  if (name === "ModelError") return ofModel(modelStatus);
  if (WIRING_TEXT.test(message)) return "wiring";
  // First, because the SDK calls a broken connection a TimeoutError.
  const known = NODE_CODES.get(code) ?? NAMES.get(name);
  if (known !== undefined) return known;
  if (throttling) return "throttled";
  const byStatus = ofStatus(status);
  if (byStatus !== undefined) return byStatus;
  if (name === "TimeoutError") return "timeout";
  // A page of some proxy instead of the service's JSON or XML.
  return seen.answered && name === "SyntaxError" ? "unavailable" : "internal";
}

/** Status 0 is a container that gave no answer in time. */
function ofModel(status: number | undefined): Verdict {
  if (status === 429) return "throttled";
  return status !== undefined && status >= 400 && status < 500 ? "model-input" : "unavailable";
}

/** What a status says by itself. A 400 that nobody explains says nothing: it may be the data, a proxy or a mistake. */
function ofStatus(status: number | undefined): Verdict | undefined {
  if (status === undefined || status < 300) return undefined;
  if (status >= 500) return "unavailable";
  if (status < 400 || status === 404) return "wiring";
  if (status === 401 || status === 403) return "credentials";
  if (status === 408) return "timeout";
  if (status === 409 || status === 412) return "conflict";
  if (status === 413) return "data";
  return status === 429 ? "throttled" : undefined;
}

function describe(seen: Seen, verdict: Verdict): string {
  const { name, code, status } = seen;
  const what = [name === "Error" ? "" : name, code, status === undefined ? "" : `HTTP ${status}`]
    .filter(Boolean)
    .join(", ");
  const quotable = verdict !== "data" && verdict !== "model-input" && name !== "SyntaxError" && name !== "ModelError";
  const said = quotable ? seen.message : "";
  const hint = verdict === "wiring" || verdict === "credentials" ? CHECK[verdict] : "";
  return [`AWS: ${what || "an error without a name"}.`, said, hint].filter(Boolean).join(" ");
}
