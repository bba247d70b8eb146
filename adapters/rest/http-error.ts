/**
 * An answer that is no success, or whose body is not what it should be. Its body may quote an event, so it is in no
 * message; the table of each cloud's errors reads what can be said of it.
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The first part of it, as text. */
  readonly body: string;

  constructor(status: number, headers: Readonly<Record<string, string>>, body: string) {
    super(`The answer has HTTP status ${status}${status < 300 ? " and is not what was asked for" : ""}.`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}
