import {
  type AzureDeadLetters,
  type AzureDeadLettersOptions,
  azureDeadLetters,
} from "../../../../../adapters/azure/deadletter";
import { stubCredentials } from "../../../../support/azure-stub";
import { lettersOf } from "../../suites/letters";
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
export const at = lettersOf("0");
