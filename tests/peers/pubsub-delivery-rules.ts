import { type Message, PubSub } from "@google-cloud/pubsub";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { errorOf, unless } from "../support/contract";
import { openPubSubClient, type PubSubClient } from "./pubsub-client";
import type { PubSubSubject } from "./pubsub-rules";

const INVALID_ARGUMENT = 3;

/** How messages are handed out, taken back and settled, by the service's documentation. */
export function pubsubDeliveryRules({ name, endpoint, differences = {} }: PubSubSubject): void {
  let client: PubSubClient;

  const withDeadLetters = async () => {
    const dead = await client.topic();
    const hold = await client.subscribe({ topic: dead });
    return {
      ...(await client.opened({ deadLetterPolicy: { deadLetterTopic: dead, maxDeliveryAttempts: 5 } })),
      dead,
      hold,
    };
  };

  /** Handles so many messages as Google's streaming client gets them; their ids. */
  const streamed = async (name: string, count: number, handle: (message: Message, first: boolean) => void) => {
    const pubsub = new PubSub({ projectId: "p", apiEndpoint: client.endpoint, emulatorMode: true });
    const stream = pubsub.subscription(name);
    const ids = await new Promise<string[]>((resolve) => {
      const seen: string[] = [];
      stream.on("message", (message: Message) => {
        handle(message, seen.push(message.id) === 1);
        if (seen.length === count) resolve(seen);
      });
    });
    await stream.close();
    await pubsub.close();
    return ids;
  };

  describe(`Pub/Sub delivery rules: ${name}`, () => {
    beforeAll(() => {
      client = openPubSubClient(endpoint());
    });
    afterAll(() => client.close());

    describe("delivery", () => {
      it("what is delivered is nobody else's until its deadline, and never again once it is acknowledged", async () => {
        const { topic, subscription } = await client.opened();
        await client.publish(topic, "a", "b");

        const first = await client.pull(subscription, 1);
        const second = await client.pull(subscription);
        await client.ack(subscription, [...first, ...second]);
        await client.ack(subscription, first);

        expect(texts([...first, ...second]).sort()).toEqual(["a", "b"]);
        expect(await client.pull(subscription)).toEqual([]);
      });
      unless(differences["pull size"])("a pull of no messages is INVALID_ARGUMENT", async () => {
        const { subscription } = await client.opened();

        expect(await errorOf(client.pull(subscription, 0))).toMatchObject({ code: INVALID_ARGUMENT });
      });
      it("a message that is given back comes again at once, as it was", async () => {
        const { topic, subscription } = await client.opened();
        const [id] = await client.publish(topic, "a");

        await client.nack(subscription, await client.pull(subscription));

        expect(await client.pull(subscription)).toMatchObject([{ id, data: Buffer.from("a") }]);
      });
      it("a message comes again when its deadline is over, one whose deadline was put off does not", async () => {
        const { topic, subscription } = await client.opened();
        await client.publish(topic, "short", "long");
        const received = await client.pull(subscription);
        const long = received.filter(({ data }) => data.toString() === "long");
        await client.extend(subscription, received, 1);

        await client.extend(subscription, long, 60);

        expect(texts(await client.arrival(subscription))).toEqual(["short"]);
        expect(await client.pull(subscription)).toEqual([]);
      });
      unless(differences["unknown ids"])("an id of nothing is INVALID_ARGUMENT", async () => {
        const { subscription } = await client.opened();

        for (const call of [client.ack, client.nack])
          expect(await errorOf(call(subscription, [{ ackId: "nothing" }]))).toMatchObject({ code: INVALID_ARGUMENT });
      });
      it("a streaming pull delivers and settles", async () => {
        const { topic, subscription } = await client.opened();
        const [id] = await client.publish(topic, "a");

        const ids = await streamed(subscription, 1, (message) => message.ack());

        expect(ids).toEqual([id]);
        expect(await client.pull(subscription)).toEqual([]);
      });
      unless(differences["late acknowledgments"])("a streaming pull gives back", async () => {
        const { topic, subscription } = await client.opened();
        const [id] = await client.publish(topic, "a");

        const ids = await streamed(subscription, 2, (message, first) => (first ? message.nack() : message.ack()));

        expect(ids).toEqual([id, id]);
        expect(await client.pull(subscription)).toEqual([]);
      });
      unless(differences["late acknowledgments"])("an acknowledgment that is too late does not count", async () => {
        const { topic, subscription } = await client.opened();
        await client.publish(topic, "a");
        const late = await client.pull(subscription);
        await client.nack(subscription, late);
        const again = await client.pull(subscription);

        await client.ack(subscription, late);
        await client.nack(subscription, again);

        expect(texts(await client.pull(subscription))).toEqual(["a"]);
      });
      unless(differences["retry policy"])("with a retry policy a message that is given back waits", async () => {
        const { topic, subscription } = await client.opened({ retryPolicy: { minimumBackoff: { seconds: 1 } } });
        await client.publish(topic, "a");

        await client.nack(subscription, await client.pull(subscription));

        expect(await client.pull(subscription)).toEqual([]);
        expect(texts(await client.arrival(subscription))).toEqual(["a"]);
      });
      it("with ordering the next message of a key waits for the one before, those of other keys do not", async () => {
        const { topic, subscription } = await client.opened({ enableMessageOrdering: true });
        for (const [text, orderingKey] of Object.entries({ a1: "a", a2: "a", b1: "b" }))
          await client.publish(topic, { data: Buffer.from(text), orderingKey });

        const first = await client.pull(subscription);
        const between = await client.pull(subscription);
        await client.ack(subscription, first);
        const second = await client.pull(subscription);

        expect(texts(first).sort()).toEqual(["a1", "b1"]);
        expect(between).toEqual([]);
        expect(texts(second)).toEqual(["a2"]);
      });
      it("a seek to a time ahead acknowledges all that is there", async () => {
        const { topic, subscription } = await client.opened();
        await client.publish(topic, "a", "b");

        await client.subscriber.seek({ subscription, time: { seconds: Math.ceil(Date.now() / 1000) + 60 } });

        expect(await client.pull(subscription)).toEqual([]);
      });
    });

    describe("dead letters", () => {
      it("deliveries are counted from 1, only with a dead-letter policy", async () => {
        const counts = { with: [] as number[], without: [] as number[] };

        for (const [kind, { topic, subscription }] of [
          ["with", await withDeadLetters()],
          ["without", await client.opened()],
        ] as const) {
          await client.publish(topic, "a");
          for (let i = 0; i < 3; i++) {
            const received = await client.pull(subscription);
            counts[kind].push(...received.map(({ deliveryAttempt }) => deliveryAttempt));
            await client.nack(subscription, received);
          }
        }

        expect(counts).toEqual({ with: [1, 2, 3], without: [0, 0, 0] });
      });
      unless(differences["count of deliveries"])("each subscription counts for itself", async () => {
        const { topic, subscription } = await withDeadLetters();
        const other = await client.subscribe({ topic });
        await client.publish(topic, "a");

        await client.pull(other);

        expect(await client.pull(subscription)).toMatchObject([{ deliveryAttempt: 1 }]);
      });
      unless(differences["deleted dead-letter topic"])(
        "without its topic a dead letter stays where it is",
        async () => {
          const { topic, subscription, dead } = await withDeadLetters();
          await client.publish(topic, "poison");

          await client.publisher.deleteTopic({ topic: dead });
          for (let i = 0; i < 5; i++) await client.nack(subscription, await client.arrival(subscription));

          expect(await client.arrival(subscription)).toMatchObject([{ deliveryAttempt: 6 }]);
        },
      );
      it("after the last delivery a message goes to the dead-letter topic, whole, and does not come again", async () => {
        const { topic, subscription, hold } = await withDeadLetters();
        await client.publish(topic, { data: Buffer.from("poison"), attributes: { sluice: "1" } });

        for (let i = 0; i < 5; i++) await client.nack(subscription, await client.arrival(subscription));
        const letters = await client.arrival(hold);

        expect(letters).toMatchObject([{ data: Buffer.from("poison"), attributes: { sluice: "1" } }]);
        expect(await client.pull(subscription)).toEqual([]);
      });
      unless(differences["dead-letter form"])(
        "a dead letter says where it comes from, under an id of its own",
        async () => {
          const { topic, subscription, hold } = await withDeadLetters();
          const [id] = await client.publish(topic, "poison");

          for (let i = 0; i < 5; i++) await client.nack(subscription, await client.arrival(subscription));
          const [letter] = await client.arrival(hold);

          expect(letter!.id).not.toBe(id);
          expect(letter!.attributes).toMatchObject({
            CloudPubSubDeadLetterSourceDeliveryCount: "5",
            CloudPubSubDeadLetterSourceSubscription: subscription.split("/")[3],
            CloudPubSubDeadLetterSourceSubscriptionProject: "p",
          });
        },
      );
    });
  });
}

function texts(received: readonly { data: Buffer }[]): string[] {
  return received.map(({ data }) => data.toString());
}
