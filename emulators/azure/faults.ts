import type { Rule } from "../http-faults/fault";
import * as seeded from "../seeded-faults";
import { AZURE_ERRORS, type AzureError, errorAnswer } from "./faults/errors";
import { partial } from "./faults/partial";

export type { Choose, SeededFaults } from "../seeded-faults";
export { type AzureError, errorAnswer } from "./faults/errors";
export { partial } from "./faults/partial";

/** Every request is answered with this error, in the wire form of the service that it is for. */
export function failing(error: AzureError): Rule {
  return (request) => ({ kind: "reply", answer: errorAnswer(request, error) });
}

export type SeededFault = seeded.SeededFault<AzureError>;
export type SeededFaultsOptions = seeded.SeededFaultsOptions<AzureError>;

export function seededFaults(options: SeededFaultsOptions): seeded.SeededFaults {
  return seeded.createSeededFaults({ errorAnswer, partial }, options);
}

/** All errors there are, for tests that go through them. */
export const azureErrors = AZURE_ERRORS;
