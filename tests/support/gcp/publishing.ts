import type { PublishBatch } from "sluice";
import { type GcpIngestOptions, gcpIngest } from "../../../adapters/gcp/ingest";
import { openPubSubStub, type PublishReply, type PublishRequest } from "../pubsub-stub";
import { event, json } from "../records";

export const TOPIC = "projects/p/topics/events";

type Answer = (request: PublishRequest, number: number) => PublishReply | Promise<PublishReply>;

/** As many events as JSON, of three keys. */
export function batchOf(count: number): PublishBatch & { keys: string[]; bodies: string[] } {
  const events = Array.from({ length: count }, (_, i) => event(i));
  return { keys: events.map(({ key }) => key), bodies: events.map(json) };
}

/** Publishes one batch to a stub, without pauses between attempts. */
export async function publishing(
  answer: Answer,
  options: Partial<GcpIngestOptions> = {},
  batch: PublishBatch = { keys: ["a"], bodies: ["x"] },
) {
  const { reports, requests } = await publishingAll(answer, options, [batch]);
  return { report: reports[0]!, requests };
}

/** The same with several, side by side. */
export async function publishingAll(
  answer: Answer,
  options: Partial<GcpIngestOptions>,
  batches: readonly PublishBatch[],
) {
  const stub = await openPubSubStub(answer);
  const ingest = gcpIngest({ topic: TOPIC, endpoint: stub.endpoint, random: () => 0, ...options });
  try {
    const reports = await Promise.all(batches.map((batch) => ingest.publish(batch)));
    return { reports, requests: stub.requests };
  } finally {
    await ingest.close();
    await stub.close();
  }
}
