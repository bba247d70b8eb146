import type { ErrorCode, Stage } from "../shared/errors";

/** `data`: the request's content is refused, so the code depends on the stage. `wiring`: something named in the settings is not there. */
export type Verdict = ErrorCode | "data" | "wiring";

/** The names that a service has for each verdict, as lists with spaces; looked up by name. */
export function verdicts(names: Partial<Record<Verdict, string>>): ReadonlyMap<string, Verdict> {
  return new Map(
    Object.entries(names).flatMap(([verdict, list]) =>
      list.split(/\s+/).map((name) => [name, verdict as Verdict] as const),
    ),
  );
}

/** By the code of Node's own network errors, and of its fetch. */
export const NODE_CODES = verdicts({
  timeout: "ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT",
  unavailable: `ECONNRESET ECONNREFUSED ECONNABORTED EPIPE EPROTO EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN EAI_AGAIN
    EADDRNOTAVAIL EMFILE ENFILE UND_ERR_SOCKET UND_ERR_CLOSED UND_ERR_DESTROYED HPE_INVALID_CONSTANT`,
  wiring: "ENOTFOUND ERR_INVALID_URL UND_ERR_INVALID_ARG",
});

/**
 * What a status says by itself of an answer that is no success. A 400 that nobody explains says nothing: it may be the data,
 * a proxy or a mistake. A 200 here is a page of some proxy instead of the service's own words.
 */
export function ofStatus(status: number | undefined): Verdict | undefined {
  if (status === undefined) return undefined;
  if (status < 300 || status >= 500) return status === 504 ? "timeout" : "unavailable";
  if (status < 400 || status === 404) return "wiring";
  if (status === 401 || status === 403) return "credentials";
  if (status === 408) return "timeout";
  if (status === 409 || status === 412) return "conflict";
  if (status === 413) return "data";
  return status === 429 ? "throttled" : undefined;
}

export function codeOf(verdict: Verdict, stage: Stage): ErrorCode {
  if (verdict === "wiring") return "unavailable";
  if (verdict === "data") return stage === "infer" ? "model-input" : "store-rejected";
  return verdict;
}
