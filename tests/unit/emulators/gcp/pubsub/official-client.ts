import { once } from "node:events";
import { type Message, PubSub, type Subscription } from "@google-cloud/pubsub";
import { afterEach } from "@jest/globals";
import { openPubSub, type PubSubOptions } from "../../../../../emulators/gcp/pubsub";
import { opened } from "../../opened";

const clients: PubSub[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

/** The official client against an emulator on the machine's clock. */
export async function officialClient(options: PubSubOptions = {}) {
  // Without it the client looks for a metadata server.
  process.env["METADATA_SERVER_DETECTION"] = "none";
  const pubsub = await opened(openPubSub(options));
  const client = new PubSub({ projectId: "p", apiEndpoint: pubsub.endpoint, emulatorMode: true });
  clients.push(client);
  const [topic] = await client.createTopic("events");
  return { pubsub, client, topic };
}

/** Handles the messages until `count` have come; then closes the subscription, and gives back what is left. */
export async function receive(subscription: Subscription, count: number, handle: (message: Message) => void) {
  let seen = 0;
  const done = new Promise<void>((resolve) => {
    subscription.on("message", (message: Message) => {
      handle(message);
      if (++seen === count) resolve();
    });
  });
  await done;
  await subscription.close();
}

/** The first error of a subscription. */
export async function firstError(subscription: Subscription): Promise<{ code: number }> {
  subscription.on("message", () => undefined);
  const [error] = await once(subscription, "error");
  return error;
}
