import { describe, expect, it } from "@jest/globals";
import { type GcpDeployment, openGcp } from "../../../../adapters/gcp";
import { gcpClient } from "../../../../adapters/gcp/client";
import { openFirestore } from "../../../../emulators/gcp/firestore";
import { openPubSub } from "../../../../emulators/gcp/pubsub";
import { openStorage } from "../../../../emulators/gcp/storage";
import { withGcpEnvironment } from "../../../support/gcp-stub";
import { manualClock } from "../../../support/manual-clock";
import { all, letter, rowBatch } from "../../../support/records";

const RESOURCES = {
  topic: "projects/p/topics/events",
  collection: "projects/p/databases/d/documents/predictions",
  subscription: "projects/p/subscriptions/dead-hold",
  bucket: "lake",
  actionsTopic: "projects/p/topics/actions",
  pipeline: "fraud",
};

describe("a deployment on Google Cloud", () => {
  it("needs neither credentials nor services before something is used", () =>
    withGcpEnvironment({}, async () => {
      const deployment = openGcp(RESOURCES);

      await expect(deployment.close()).resolves.toBeUndefined();
    }));

  it("makes each adapter once", async () => {
    const deployment = openGcp(RESOURCES);

    const names = ["ingest", "store", "deadLetters", "actions", "archive"] as const satisfies (keyof GcpDeployment)[];
    for (const name of names) expect(deployment[name]).toBe(deployment[name]);
    await deployment.close();
  });

  it("puts predictions into the collection and dead letters onto the topic of the subscription, by the one clock", async () => {
    const [firestore, pubsub, storage] = await Promise.all([
      openFirestore(),
      openPubSub({ pullWaitMs: 1 }),
      openStorage(),
    ]);
    pubsub.createTopic("projects/p/topics/dead");
    pubsub.createSubscription({ name: RESOURCES.subscription, topic: "projects/p/topics/dead" });
    storage.createBucket(RESOURCES.bucket);
    const hosts = {
      FIRESTORE_EMULATOR_HOST: firestore.endpoint,
      PUBSUB_EMULATOR_HOST: pubsub.endpoint,
      STORAGE_EMULATOR_HOST: storage.endpoint,
    };

    await withGcpEnvironment(hosts, async () => {
      const deployment = openGcp(RESOURCES, { clock: manualClock({ start: 7 }) });
      await deployment.store.write(rowBatch(2));
      await deployment.deadLetters.put([letter(1)]);

      expect(await deployment.store.read("k1", "e1")).toMatchObject({ id: "e1", storedAt: 7 });
      expect(await deployment.deadLetters.get(letter(1).id)).toMatchObject({ id: letter(1).id });
      expect(await all(deployment.archive.read({}))).toEqual([]);
      await deployment.close();
    });
    expect(pubsub.subscription(RESOURCES.subscription)).toMatchObject({ leased: 0, unacked: 1 });
    await Promise.all([firestore.close(), pubsub.close(), storage.close()]);
  });

  it("uses the clients that it was given", async () => {
    const client = gcpClient({ endpoint: "http://127.0.0.1:9" });
    const deployment = openGcp(RESOURCES, {
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
