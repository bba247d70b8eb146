import { it } from "@jest/globals";
import type { ErrorCode } from "sluice";

/** What a service can be made to do, so that its adapter has to cope: fail every call, or some items of each call. */
export interface ServiceFault {
  code: Extract<ErrorCode, "unavailable" | "throttled" | "credentials">;
  partial: boolean;
}

/** An adapter under test, with what it stands on. A fresh one for each test. */
export interface Harness<Port> {
  readonly port: Port;
  /** The process dies and another takes over: the same durable state, a new adapter. The old one is not closed. */
  restart(): Promise<Port>;
  /** Makes the service fail; the answer puts it right again. Only for faults that the options list. */
  inject(fault: ServiceFault): Promise<() => Promise<void>>;
  /** Time passes at the service. */
  tick(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** What a contract needs to know before it can list its tests. */
export interface Subject<Port, Capabilities> {
  /** As in the titles: `local`, `memory`. */
  name: string;
  open: () => Promise<Harness<Port>>;
  /** What the adapter declares: tests of what it does not declare are skipped, and say so. */
  capabilities: Capabilities;
  /** Faults that the harness can inject. */
  faults?: readonly ServiceFault[];
}

type Test = (title: string, run: () => Promise<void>) => void;

/** `it` unless there is a reason to skip; the reason is part of the title and goes to stderr. */
export function unless(reason: string | undefined): Test {
  if (reason === undefined) return it;
  return (title, run) => {
    process.stderr.write(`skipped: ${title} (${reason})\n`);
    it.skip(`${title} [skipped: ${reason}]`, run);
  };
}

/** The reason to skip a test that needs a fault which the harness cannot inject. */
export function cannotInject(
  { name, faults = [] }: Pick<Subject<unknown, unknown>, "name" | "faults">,
  wanted: ServiceFault,
): string | undefined {
  const possible = faults.some(({ code, partial }) => code === wanted.code && partial === wanted.partial);
  const kind = `${wanted.partial ? "partly " : ""}${wanted.code}`;
  return possible ? undefined : `${name} cannot be made ${kind}`;
}

/** How a call of the subject can fail in part: each service has its own reason. */
export function partialFault({ faults = [] }: Pick<Subject<unknown, unknown>, "faults">): ServiceFault {
  return faults.find(({ partial }) => partial) ?? { code: "unavailable", partial: true };
}

/** Runs a test on a harness of its own. */
export function using<Port, Capabilities>(
  { open }: Subject<Port, Capabilities>,
  run: (harness: Harness<Port>) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const harness = await open();
    try {
      await run(harness);
    } finally {
      await harness.close();
    }
  };
}

/** The error a call ends in. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
