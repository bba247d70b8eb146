import type { SendError } from "./errors";

/** What a rule sees of a send. */
export interface Send {
  hub: string;
  /** That the link names; undefined if the service chooses. */
  partition: string | undefined;
  events: number;
  bytes: number;
  /** Counts the sends of this server, from 0. */
  index: number;
}

export type SendFault =
  | { kind: "pass" }
  /** Waits before anything else happens. */
  | { kind: "delay"; ms: number; next?: SendFault }
  /** Nothing is appended, and the service says why. */
  | { kind: "refuse"; error: SendError }
  /** Nothing is appended, and nothing is said: the client waits as long as it likes. */
  | { kind: "hang" }
  /** The link ends, nothing is appended. */
  | { kind: "detach" }
  /** The connection ends, nothing is appended. */
  | { kind: "drop" }
  /** The batch is appended; the connection ends instead of the answer. */
  | { kind: "lose" };

export type SendRule = (send: Send) => SendFault | undefined;

/** Harm on demand to what producers send. */
export interface SendFaults {
  /** For sends that come from now on; undefined: everything passes. */
  set(rule: SendRule | undefined): void;
  /** What became of the sends so far. */
  readonly sends: Readonly<Record<SendFault["kind"], number>>;
}

export function createSendFaults(): SendFaults & { next(send: Omit<Send, "index">): SendFault } {
  const sends = { pass: 0, delay: 0, refuse: 0, hang: 0, detach: 0, drop: 0, lose: 0 };
  let rule: SendRule | undefined;
  let index = 0;
  return {
    sends,
    set: (next) => {
      rule = next;
    },
    next: (send) => {
      const fault = rule?.({ ...send, index: index++ }) ?? { kind: "pass" };
      sends[fault.kind]++;
      return fault;
    },
  };
}
