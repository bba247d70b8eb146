import { afterAll, beforeAll } from "@jest/globals";
import { gcpIngest } from "../../adapters/gcp/ingest";
import { ingestContract, type ObservedIngest } from "../contract/ingest";
import type { Harness } from "../support/contract";
import { pubsubPeer } from "./peers";
import { openPubSubClient, type PubSubClient, type Received } from "./pubsub-client";

let client: PubSubClient;

beforeAll(() => {
  client = openPubSubClient(pubsubPeer());
});

afterAll(() => client.close());

ingestContract({
  name: "gcp on pstest",
  capabilities: gcpIngest({ topic: "projects/p/topics/none" }).capabilities,
  open: async (): Promise<Harness<ObservedIngest>> => {
    const topic = await client.topic();
    const subscription = await client.subscribe({ topic });
    const ingest = gcpIngest({ topic, endpoint: client.endpoint });
    const seen: Received[] = [];
    const messages = async () => {
      for (let more = await client.pull(subscription); more.length > 0; more = await client.pull(subscription))
        seen.push(...more);
      // It hands out in no order.
      const inOrder = seen.toSorted((a, b) => a.publishTime - b.publishTime);
      return inOrder.map(({ data }) => ({ partition: "0", body: data.toString() }));
    };
    return {
      port: { ingest, messages },
      restart: async () => ({ ingest, messages }),
      inject: async () => async () => {},
      tick: async () => {},
      close: () => ingest.close(),
    };
  },
});
