import { describe, expect, it } from "@jest/globals";
import { openGcp } from "../../../../adapters/gcp";
import { gcpClient } from "../../../../adapters/gcp/client";
import { openFirestore } from "../../../../emulators/gcp/firestore";
import { openPubSub } from "../../../../emulators/gcp/pubsub";
import { openStorage } from "../../../../emulators/gcp/storage";
import { withGcpEnvironment } from "../../../support/gcp-stub";
import { manualClock } from "../../../support/manual-clock";
import { expectStored, opensLate, takesClients } from "../suites/deployment";

const RESOURCES = {
  topic: "projects/p/topics/events",
  collection: "projects/p/databases/d/documents/predictions",
  subscription: "projects/p/subscriptions/dead-hold",
  bucket: "lake",
  actionsTopic: "projects/p/topics/actions",
  pipeline: "fraud",
};

describe("a deployment on Google Cloud", () => {
  opensLate(
    () => openGcp(RESOURCES),
    (test) => withGcpEnvironment({}, test),
  );

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
      await expectStored(deployment, 7);
      await deployment.close();
    });
    expect(pubsub.subscription(RESOURCES.subscription)).toMatchObject({ leased: 0, unacked: 1 });
    await Promise.all([firestore.close(), pubsub.close(), storage.close()]);
  });

  takesClients(
    () => gcpClient({ endpoint: "http://127.0.0.1:9" }),
    (clients) => openGcp(RESOURCES, clients),
  );
});
