import type { Random } from "../shared/clock";
import type { Answer, Fault, RequestHead, Rule } from "./http-faults/fault";

/** Which entries of a request fail: true, or the error code that they fail with. */
export type Choose = (entry: unknown, position: number, count: number) => boolean | string;

/** What can go wrong with one request of a service that has these errors. */
export type SeededFault<Error extends string> = Error | "reset" | "lose" | "delay" | "partial";

export interface SeededFaultsOptions<Error extends string> {
  random: Random;
  /** Probability per request and fault; together at most 1. The rest passes. */
  rates: Readonly<Partial<Record<SeededFault<Error>, number>>>;
  /** Probability that an entry fails in a request that fails in part. Default 0.5. */
  share?: number | undefined;
  /** Longest delay, milliseconds. Default 200. */
  delayMs?: number | undefined;
}

/** How a cloud says that something failed. */
export interface FaultForms<Error extends string> {
  errorAnswer(request: RequestHead, error: Error): Answer;
  partial(choose: Choose): Rule;
}

/** Faults at random: the same seed and the same requests in the same order give the same faults. */
export interface SeededFaults {
  readonly rule: Rule;
  /** From now on everything passes. */
  heal(): void;
}

export function createSeededFaults<Error extends string>(
  forms: FaultForms<Error>,
  { random, rates, share = 0.5, delayMs = 200 }: SeededFaultsOptions<Error>,
): SeededFaults {
  let healed = false;
  const some = forms.partial(() => random() < share);
  const draw = (): SeededFault<Error> | undefined => {
    let left = random();
    for (const [fault, rate] of Object.entries(rates) as [SeededFault<Error>, number][]) {
      left -= rate;
      if (left < 0) return fault;
    }
    return undefined;
  };
  const rule: Rule = (request): Fault | undefined => {
    if (healed) return undefined;
    const fault = draw();
    if (fault === undefined) return undefined;
    if (fault === "reset" || fault === "lose") return { kind: fault as "reset" | "lose" };
    if (fault === "delay") return { kind: "delay", ms: random() * delayMs };
    if (fault === "partial") return some(request);
    return { kind: "reply", answer: forms.errorAnswer(request, fault as Error) };
  };
  return {
    rule,
    heal: () => {
      healed = true;
    },
  };
}
