import { describe, expect, it } from "@jest/globals";
import { type AzureDeployment, openAzure } from "../../../../adapters/azure";
import { azureClient } from "../../../../adapters/azure/client";
import { openCosmos } from "../../../../emulators/azure/cosmos";
import { openIdentity } from "../../../../emulators/azure/identity";
import { withAzureEnvironment } from "../../../support/azure-stub";
import { manualClock } from "../../../support/manual-clock";
import { all, letter, rowBatch } from "../../../support/records";
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
  it("needs neither credentials nor services before something is used", () =>
    withAzureEnvironment({}, async () => {
      const deployment = openAzure(RESOURCES);

      await expect(deployment.close()).resolves.toBeUndefined();
    }));

  it("makes each adapter once", async () => {
    const deployment = openAzure(RESOURCES);

    const names = ["ingest", "store", "deadLetters", "actions", "archive"] as const satisfies (keyof AzureDeployment)[];
    for (const name of names) expect(deployment[name]).toBe(deployment[name]);
    await deployment.close();
  });

  it("puts predictions into the container, dead letters into theirs and tells the queue, by the one clock and identity", () =>
    withBlobs(async (storage) => {
      const identity = await openIdentity();
      const cosmos = await openCosmos({ identity });
      const container = cosmos.createContainer("fraud/predictions");
      const { container: deadLetters, queue: deadQueue } = storage;

      await withAzureEnvironment(identity.environment, async () => {
        const urls = { ...RESOURCES, container, deadLetters, deadQueue, archive: deadLetters };
        const deployment = openAzure(urls, { clock: manualClock({ start: Date.now() }) });
        await deployment.store.write(rowBatch(2));
        await deployment.deadLetters.put([letter(1)]);

        expect(await deployment.store.read("k1", "e1")).toMatchObject({ id: "e1" });
        expect(await deployment.deadLetters.get(letter(1).id)).toMatchObject({ id: letter(1).id });
        expect(await all(deployment.archive.read({}))).toEqual([]);
        await deployment.close();
      });
      // One for Cosmos DB and one for Storage, whatever is called.
      expect(identity.requests).toEqual({ token: 2, refused: 0 });
      expect(storage.messages()).toHaveLength(1);
      await Promise.all([identity.close(), cosmos.close()]);
    }));

  it("uses the clients that it was given", async () => {
    const client = azureClient({ endpoint: "http://127.0.0.1:9" });
    const deployment = openAzure(RESOURCES, {
      store: { client },
      deadLetters: { client },
      actions: { client },
      archive: { client },
    });

    for (const name of ["store", "deadLetters", "actions", "archive"] as const)
      expect(deployment[name].client).toBe(client);
    await deployment.close();
  });
});
