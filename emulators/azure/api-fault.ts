import type { Answer } from "../http-faults/fault";

/** An answer of an Azure service that is an error. */
export class ApiFault extends Error {
  override readonly name = "ApiFault";
  readonly status: number;
  /** As the service names it, such as `BlobNotFound`. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

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
