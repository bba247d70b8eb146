import { ApiFault } from "../api-fault";
import type { Answer } from "../http-faults/fault";

/** In the form that most of Azure's services have; what is no such error is thrown on. */
export function faultAnswer(thrown: unknown): Answer {
  if (!(thrown instanceof ApiFault)) throw thrown;
  const { status, code, message } = thrown;
  return jsonAnswer(status, { error: { code, message } });
}

export function jsonAnswer(status: number, body: unknown, headers: Answer["headers"] = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}
