import { type DeadLetter, deadLetter, SluiceError } from "sluice";
import {
  type AzureDeadLetters,
  type AzureDeadLettersOptions,
  azureDeadLetters,
} from "../../../../../adapters/azure/deadletter";
import { stubCredentials } from "../../../../support/azure-stub";
import { type BlobService, withBlobs } from "../blob/service";

/** Letters in a container, and a queue that is told of them. */
export function withLetters(
  options: Partial<AzureDeadLettersOptions>,
  test: (store: AzureDeadLetters, service: BlobService, restart: () => AzureDeadLetters) => Promise<void>,
): Promise<void> {
  return withBlobs(async (service) => {
    const { container, queue } = service;
    const open = () =>
      azureDeadLetters({ container, queue, credentials: stubCredentials(), maxAttempts: 1, ...options });
    await test(open(), service, open);
  });
}

/** A letter of the hub's first partition by its offset. */
export function at(
  offset: string,
  overrides: Partial<DeadLetter["position"]> & { failedAt?: number } = {},
): DeadLetter {
  const { failedAt = Number(offset) || 1, ...position } = overrides;
  return deadLetter("{}", new SluiceError("json", "decode", "The event is not valid JSON."), {
    position: { source: "orders", partition: "0", offset, index: 0, ...position },
    attempts: 1,
    pipeline: "p",
    pipelineVersion: "1",
    modelVersion: "m",
    failedAt,
  });
}

/** The name of its blob. */
export function nameOf(offset: string): string {
  return `dead-letters/orders/0/${offset.padStart(60, "0")}.000000.${at(offset).id}.json`;
}
