import type { Rule } from "../http-faults/fault";
import * as seeded from "../seeded-faults";
import { AWS_ERRORS, type AwsError, errorAnswer } from "./faults/errors";
import { partial } from "./faults/partial";

export type { Choose, SeededFaults } from "../seeded-faults";
export { type AwsError, errorAnswer } from "./faults/errors";
export { partial } from "./faults/partial";

/** Every request is answered with this error, in the wire form of the service that it is for. */
export function failing(error: AwsError): Rule {
  return (request) => ({ kind: "reply", answer: errorAnswer(request, error) });
}

export type SeededFault = seeded.SeededFault<AwsError>;
export type SeededFaultsOptions = seeded.SeededFaultsOptions<AwsError>;

export function seededFaults(options: SeededFaultsOptions): seeded.SeededFaults {
  return seeded.createSeededFaults({ errorAnswer, partial }, options);
}

/** All errors there are, for tests that go through them. */
export const awsErrors = Object.keys(AWS_ERRORS.s3) as AwsError[];
