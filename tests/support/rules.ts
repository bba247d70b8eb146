import type { Rule } from "../../emulators/http-faults";
import type { StubReply } from "./http-stub";

/** Of real time, which nobody waits for. */
const NEVER_MS = 1e9;

/** So many requests fail, and then no more. */
export function first(count: number, rule: Rule): Rule {
  let left = count;
  return (request) => (left-- > 0 ? rule(request) : undefined);
}

/** The service never sees the request; its client gets this answer, or none. */
export function replying(reply: StubReply): Rule {
  if (reply === "reset") return () => ({ kind: "reset" });
  if (reply === "hang") return () => ({ kind: "delay", ms: NEVER_MS });
  const { status = 200, headers = {}, body = "" } = reply;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return () => ({ kind: "reply", answer: { status, headers, body: text } });
}
