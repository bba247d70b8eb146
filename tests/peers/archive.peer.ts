import { randomUUID } from "node:crypto";
import { gcpArchive } from "../../adapters/gcp/archive";
import { gcpIngest } from "../../adapters/gcp/ingest";
import { openPubSub } from "../../emulators/gcp/pubsub";
import { openHttpFaults } from "../../emulators/http-faults";
import { type ArchivedStream, archiveContract } from "../contract/archive";
import type { Harness } from "../support/contract";
import { ruleFor } from "../support/gcp/services";
import { manualClock } from "../support/manual-clock";
import { storagePeer } from "./peers";

const TOPIC = "projects/p/topics/events";

archiveContract({
  name: "gcp on fake-gcs-server",
  capabilities: undefined,
  faults: [{ code: "unavailable", partial: false }],
  open: archived,
});

/** Our Pub/Sub writes its Avro files to fake-gcs-server, and the archive reads them there. */
async function archived(): Promise<Harness<ArchivedStream>> {
  const clock = manualClock({ auto: false });
  const bucket = `bucket-${randomUUID()}`;
  await createBucket(bucket);
  const faults = await openHttpFaults({ target: storagePeer() });
  const pubsub = await openPubSub({ clock, storage: storagePeer() });
  pubsub.createTopic(TOPIC);
  pubsub.createSubscription({
    name: "projects/p/subscriptions/archive",
    topic: TOPIC,
    ackDeadlineSeconds: 600,
    cloudStorageConfig: {
      bucket,
      filenamePrefix: "raw/",
      filenameSuffix: ".avro",
      filenameDatetimeFormat: "YYYY/MM/DD/hh_mm_ssZ",
      avroConfig: { writeMetadata: true },
    },
  });
  const ingest = gcpIngest({ endpoint: pubsub.endpoint, topic: TOPIC });
  const port = (): ArchivedStream => ({
    ingest,
    archive: gcpArchive({ endpoint: faults.endpoint, bucket, maxAttempts: 1 }),
  });
  return {
    port: port(),
    restart: async () => {
      await pubsub.flush();
      return port();
    },
    inject: async (fault) => {
      faults.set(ruleFor(fault));
      return async () => faults.set(undefined);
    },
    tick: async (ms) => {
      await pubsub.flush();
      clock.block(ms);
    },
    close: async () => {
      await ingest.close();
      await pubsub.close();
      await faults.close();
    },
  };
}

async function createBucket(name: string): Promise<void> {
  const response = await fetch(`${storagePeer()}/storage/v1/b?project=p`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`fake-gcs-server answered ${response.status}`);
}
