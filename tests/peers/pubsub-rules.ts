import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { errorOf, unless } from "../support/contract";
import { nameOf, openPubSubClient, type PubSubClient } from "./pubsub-client";

/** What an implementation does differently, and how: the tests of that are skipped. */
export type Differences = Partial<Record<Difference, string>>;

export type Difference =
  | "limits"
  | "settings"
  | "pull size"
  | "unknown ids"
  | "late acknowledgments"
  | "retry policy"
  | "count of deliveries"
  | "deleted dead-letter topic"
  | "dead-letter form";

export interface PubSubSubject {
  name: string;
  /** `host:port`, asked once the tests run. */
  endpoint: () => string;
  differences?: Differences | undefined;
}

const [INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS] = [3, 5, 6];
const HOUR = { seconds: 3600 };

/** What the service takes, keeps and refuses by its documentation, as far as our adapters lean on it. */
export function pubsubRules({ name, endpoint, differences = {} }: PubSubSubject): void {
  let client: PubSubClient;

  describe(`Pub/Sub rules: ${name}`, () => {
    beforeAll(() => {
      client = openPubSubClient(endpoint());
    });
    afterAll(() => client.close());

    describe("names", () => {
      it("a name that is taken is ALREADY_EXISTS", async () => {
        const { topic, subscription } = await client.opened();

        const errors = [
          await errorOf(client.publisher.createTopic({ name: topic })),
          await errorOf(client.subscriber.createSubscription({ name: subscription, topic })),
        ];

        for (const error of errors) expect(error).toMatchObject({ code: ALREADY_EXISTS });
      });
      it("a topic or a subscription that is not there is NOT_FOUND", async () => {
        const topic = nameOf("topics");
        const subscription = nameOf("subscriptions");

        const errors = [
          await errorOf(client.publish(topic, "a")),
          await errorOf(client.publisher.getTopic({ topic })),
          await errorOf(client.publisher.deleteTopic({ topic })),
          await errorOf(client.subscribe({ topic })),
          await errorOf(client.pull(subscription)),
          await errorOf(client.ack(subscription, [{ ackId: "1-1" }])),
          await errorOf(client.nack(subscription, [{ ackId: "1-1" }])),
          await errorOf(client.subscriber.getSubscription({ subscription })),
          await errorOf(client.subscriber.deleteSubscription({ subscription })),
        ];

        for (const error of errors) expect(error).toMatchObject({ code: NOT_FOUND });
      });
      it("a dead-letter topic must be there", async () => {
        const policy = { deadLetterPolicy: { deadLetterTopic: nameOf("topics"), maxDeliveryAttempts: 5 } };

        expect(await errorOf(client.opened(policy))).toMatchObject({ code: NOT_FOUND });
      });
      it("a subscription outlives its topic, with what it holds", async () => {
        const { topic, subscription } = await client.opened();
        await client.publish(topic, "a");

        await client.publisher.deleteTopic({ topic });

        const [settings] = await client.subscriber.getSubscription({ subscription });
        expect(settings.topic).toBe("_deleted-topic_");
        expect(texts(await client.pull(subscription))).toEqual(["a"]);
      });
    });

    describe("publishing", () => {
      it("every subscription that was there gets each message as it was published", async () => {
        const { topic, subscription } = await client.opened({ enableMessageOrdering: true });
        const other = await client.subscribe({ topic });
        const draft = { data: Buffer.from([0xff, 0, 0x0a]), attributes: { sluice: "1" }, orderingKey: "k" };

        const [id] = await client.publish(topic, draft);
        const late = await client.subscribe({ topic });

        const expected = { ...draft, id, deliveryAttempt: 0 };
        for (const one of [subscription, other]) expect(await client.pull(one)).toMatchObject([expected]);
        expect(await client.pull(late)).toEqual([]);
      });
      unless(differences.limits)(
        "a request beyond the limits is INVALID_ARGUMENT, and nothing of it is stored",
        async () => {
          const { topic, subscription } = await client.opened();
          const fine = { data: Buffer.from("fine") };

          const errors = [
            await errorOf(client.publish(topic, fine, { data: Buffer.alloc(0) })),
            await errorOf(client.publish(topic, fine, { ...fine, attributes: { googX: "1" } })),
            await errorOf(client.publish(topic, fine, { ...fine, orderingKey: "k" })),
            await errorOf(client.publish(topic, fine, { data: Buffer.alloc(10_000_000) })),
            await errorOf(client.publish(topic, ...Array.from({ length: 1001 }, () => fine))),
          ];

          for (const error of errors) expect(error).toMatchObject({ code: INVALID_ARGUMENT });
          expect(await client.pull(subscription)).toEqual([]);
        },
      );
    });

    describe("settings", () => {
      it("what is not said is filled in", async () => {
        const { subscription } = await client.opened();

        const [settings] = await client.subscriber.getSubscription({ subscription });

        expect(settings).toMatchObject({ messageRetentionDuration: { seconds: "604800" }, state: "ACTIVE" });
      });
      it("an update changes what its mask names", async () => {
        const { topic, subscription } = await client.opened();
        const wanted = { name: subscription, topic, ackDeadlineSeconds: 60, retainAckedMessages: true };

        await client.subscriber.updateSubscription({
          subscription: wanted,
          updateMask: { paths: ["ack_deadline_seconds"] },
        });

        const [settings] = await client.subscriber.getSubscription({ subscription });
        expect(settings).toMatchObject({ ackDeadlineSeconds: 60, retainAckedMessages: false });
      });
      unless(differences.settings)("what is out of range is INVALID_ARGUMENT", async () => {
        const dead = await client.topic();

        const errors = [
          await errorOf(client.opened({ ackDeadlineSeconds: 5 })),
          await errorOf(client.opened({ ackDeadlineSeconds: 601 })),
          await errorOf(client.opened({ deadLetterPolicy: { deadLetterTopic: dead, maxDeliveryAttempts: 4 } })),
          await errorOf(client.opened({ retryPolicy: { minimumBackoff: HOUR } })),
        ];

        for (const error of errors) expect(error).toMatchObject({ code: INVALID_ARGUMENT });
      });
      unless(differences.settings)("a month is the longest retention", async () => {
        const month = 31 * 24 * 3600;

        const longest = await errorOf(client.opened({ messageRetentionDuration: { seconds: month } }));
        const longer = await errorOf(client.opened({ messageRetentionDuration: { seconds: month + 1 } }));

        expect(longest).toBeUndefined();
        expect(longer).toMatchObject({ code: INVALID_ARGUMENT });
      });
    });
  });
}

function texts(received: readonly { data: Buffer }[]): string[] {
  return received.map(({ data }) => data.toString());
}
