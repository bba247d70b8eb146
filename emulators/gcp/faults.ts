import type { Rule } from "../http-faults/fault";
import * as seeded from "../seeded-faults";
import { errorAnswer, GCP_ERRORS, type GcpError } from "./faults/errors";
import { partial } from "./faults/partial";

export type { Choose, SeededFaults } from "../seeded-faults";
export { errorAnswer, type GcpError } from "./faults/errors";
export { partial } from "./faults/partial";

/** Every request is answered with this error, in the wire form of the service that it is for. */
export function failing(error: GcpError): Rule {
  return (request) => ({ kind: "reply", answer: errorAnswer(request, error) });
}

export type SeededFault = seeded.SeededFault<GcpError>;
export type SeededFaultsOptions = seeded.SeededFaultsOptions<GcpError>;

export function seededFaults(options: SeededFaultsOptions): seeded.SeededFaults {
  return seeded.createSeededFaults({ errorAnswer, partial }, options);
}

/** All errors there are, for tests that go through them. */
export const gcpErrors = Object.keys(GCP_ERRORS) as GcpError[];
