import { describe } from "@jest/globals";
import type { DeploymentSubject } from "../support/source";
import { crashContract } from "./pipeline/crash";
import { failureContract } from "./pipeline/failure";
import { poisonContract } from "./pipeline/poison";

/** The delivery contract: what becomes of every event, from the stream to its row or its letter, on every platform. */
export function pipelineContract(subject: DeploymentSubject): void {
  describe(`pipeline contract: ${subject.name}`, () => {
    poisonContract(subject);
    failureContract(subject);
    crashContract(subject);
  });
}
