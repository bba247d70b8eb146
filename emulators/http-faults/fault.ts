import type { IncomingHttpHeaders } from "node:http";

/** What a rule sees of a request: its body may still be on its way. */
export interface RequestHead {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Counts the requests of this proxy, from 0. */
  index: number;
}

/** A whole answer. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | string;
}

/** A request of which only a part goes on. */
export interface Split {
  /** The body that goes on; undefined if none of it does. */
  rest: Buffer | string | undefined;
  /** Makes the client's answer of the service's; `answer` is undefined if nothing went on. */
  merge(answer: Answer | undefined): Answer;
}

export type Fault =
  | { kind: "pass" }
  /** The service never sees the request. */
  | { kind: "reply"; answer: Answer }
  /** Waits before anything else happens. */
  | { kind: "delay"; ms: number; next?: Fault }
  /** The service does its work; the connection ends instead of the answer. */
  | { kind: "lose" }
  /** The connection is reset before the service sees the request. */
  | { kind: "reset" }
  /** The service does its work; the client gets another answer. */
  | { kind: "rewrite"; change(answer: Answer): Answer }
  /** A true partial failure: the service does not see what fails. */
  | { kind: "split"; split(body: Buffer): Split };

export type Outcome = Fault["kind"];

export type Rule = (request: RequestHead) => Fault | undefined;
