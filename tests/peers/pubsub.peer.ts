import { afterAll, beforeAll } from "@jest/globals";
import { openPubSub, type PubSubEmulator } from "../../emulators/gcp/pubsub";
import { pubsubPeer } from "./peers";
import { pubsubDeliveryRules } from "./pubsub-delivery-rules";
import { type PubSubSubject, pubsubRules } from "./pubsub-rules";

let emulator: PubSubEmulator;

beforeAll(async () => {
  emulator = await openPubSub();
});

afterAll(() => emulator.close());

const ours: PubSubSubject = { name: "our emulator", endpoint: () => emulator.endpoint };

/** README.md says who is right. */
const pstest: PubSubSubject = {
  name: "pstest",
  endpoint: pubsubPeer,
  differences: {
    limits: "pstest publishes whatever it gets",
    settings: "pstest takes most settings, and no retention of more than 7 days",
    "pull size": "pstest takes 0 for its default",
    "unknown ids": "pstest ends where it is asked for the deadline of an id that it never gave out",
    "late acknowledgments": "pstest has one id for all deliveries of a message",
    "retry policy": "pstest redelivers at once",
    "count of deliveries": "pstest counts for all subscriptions together",
    "deleted dead-letter topic": "pstest does not delete a dead-letter topic that is in use",
    "dead-letter form": "pstest forwards the message itself",
  },
};

for (const subject of [ours, pstest]) {
  pubsubRules(subject);
  pubsubDeliveryRules(subject);
}
