import type { Random } from "../../shared/clock";
import type { Fault, Rule } from "../http-faults/fault";
import { AWS_ERRORS, type AwsError, errorAnswer } from "./faults/errors";
import { partial } from "./faults/partial";

export { type AwsError, errorAnswer } from "./faults/errors";
export { type Choose, partial } from "./faults/partial";

/** Every request is answered with this error, in the wire form of the service that it is for. */
export function failing(error: AwsError): Rule {
  return (request) => ({ kind: "reply", answer: errorAnswer(request, error) });
}

/** What can go wrong with one request. */
export type SeededFault = AwsError | "reset" | "lose" | "delay" | "partial";

export interface SeededFaultsOptions {
  random: Random;
  /** Probability per request and fault; together at most 1. The rest passes. */
  rates: Readonly<Partial<Record<SeededFault, number>>>;
  /** Probability that an entry fails in a request that fails in part. Default 0.5. */
  share?: number | undefined;
  /** Longest delay, milliseconds. Default 200. */
  delayMs?: number | undefined;
}

/** Faults at random: the same seed and the same requests in the same order give the same faults. */
export interface SeededFaults {
  readonly rule: Rule;
  /** From now on everything passes. */
  heal(): void;
}

export function seededFaults({ random, rates, share = 0.5, delayMs = 200 }: SeededFaultsOptions): SeededFaults {
  let healed = false;
  const some = partial(() => random() < share);
  const draw = (): SeededFault | undefined => {
    let left = random();
    for (const [fault, rate] of Object.entries(rates) as [SeededFault, number][]) {
      left -= rate;
      if (left < 0) return fault;
    }
    return undefined;
  };
  const rule: Rule = (request): Fault | undefined => {
    if (healed) return undefined;
    const fault = draw();
    if (fault === undefined) return undefined;
    if (fault === "reset" || fault === "lose") return { kind: fault };
    if (fault === "delay") return { kind: "delay", ms: random() * delayMs };
    if (fault === "partial") return some(request);
    return { kind: "reply", answer: errorAnswer(request, fault) };
  };
  return {
    rule,
    heal: () => {
      healed = true;
    },
  };
}

/** All errors there are, for tests that go through them. */
export const awsErrors = Object.keys(AWS_ERRORS.s3) as AwsError[];
