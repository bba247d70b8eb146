import { describe, expect, it } from "@jest/globals";
import { openAzure } from "../../../../adapters/azure";
import { azureClient } from "../../../../adapters/azure/client";
import { openCosmos } from "../../../../emulators/azure/cosmos";
import { openIdentity } from "../../../../emulators/azure/identity";
import { withAzureEnvironment } from "../../../support/azure-stub";
import { manualClock } from "../../../support/manual-clock";
import { expectStored, opensLate, takesClients } from "../suites/deployment";
import { withBlobs } from "./blob/service";

const RESOURCES = {
  hub: "sb://nowhere.servicebus.windows.net/orders",
  container: "https://nowhere.documents.azure.com/dbs/fraud/colls/predictions",
  deadLetters: "https://nowhere.blob.core.windows.net/dead-letters",
  deadQueue: "https://nowhere.queue.core.windows.net/dead-letters",
  archive: "https://nowhere.blob.core.windows.net/archive",
  topic: "https://nowhere.westeurope-1.eventgrid.azure.net/api/events",
  pipeline: "fraud",
};

describe("a deployment on Azure", () => {
  opensLate(
    () => openAzure(RESOURCES),
    (test) => withAzureEnvironment({}, test),
  );

  it("puts predictions into the container, dead letters into theirs and tells the queue, by the one clock and identity", () =>
    withBlobs(async (storage) => {
      const identity = await openIdentity();
      const cosmos = await openCosmos({ identity });
      const container = cosmos.createContainer("fraud/predictions");
      const { container: deadLetters, queue: deadQueue } = storage;

      await withAzureEnvironment(identity.environment, async () => {
        const urls = { ...RESOURCES, container, deadLetters, deadQueue, archive: deadLetters };
        const now = Date.now();
        const deployment = openAzure(urls, { clock: manualClock({ start: now }) });
        await expectStored(deployment, now);
        await deployment.close();
      });
      // One for Cosmos DB and one for Storage, whatever is called.
      expect(identity.requests).toEqual({ token: 2, refused: 0 });
      expect(storage.messages()).toHaveLength(1);
      await Promise.all([identity.close(), cosmos.close()]);
    }));

  takesClients(
    () => azureClient({ endpoint: "http://127.0.0.1:9" }),
    (clients) => openAzure(RESOURCES, clients),
  );
});
