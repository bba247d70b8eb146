import { type DeadLetter, encodeDeadLetter } from "sluice";
import {
  type GcpDeadLetters,
  type GcpDeadLettersOptions,
  gcpDeadLetters,
} from "../../../../../adapters/gcp/deadletter";
import { openPubSub, type PubSubEmulator } from "../../../../../emulators/gcp/pubsub";
import { closing } from "../../../../support/closing";
import { type GcpStubAnswer, withGcpStub } from "../../../../support/gcp-stub";
import type { HttpRequest } from "../../../../support/http-stub";

export const TOPIC = "projects/p/topics/dead";
export const SUBSCRIPTION = "projects/p/subscriptions/dead-hold";

/** Letters on an emulated topic with its subscription, which answers at once where it has nothing. */
export async function withLetters(
  options: Partial<GcpDeadLettersOptions>,
  test: (store: GcpDeadLetters, pubsub: PubSubEmulator, open: () => GcpDeadLetters) => Promise<void>,
): Promise<void> {
  await closing(await openPubSub({ pullWaitMs: 1 }), async (pubsub) => {
    pubsub.createTopic(TOPIC);
    pubsub.createSubscription({ name: SUBSCRIPTION, topic: TOPIC });
    const endpoint = `http://${pubsub.endpoint}`;
    const open = () => gcpDeadLetters({ subscription: SUBSCRIPTION, endpoint, maxAttempts: 1, ...options });
    const store = open();
    await closing(store, () => test(store, pubsub, open));
  });
}

/** The same on a service that does as the test says. */
export function withStub<T>(
  answer: GcpStubAnswer,
  test: (store: GcpDeadLetters, requests: readonly HttpRequest[]) => Promise<T>,
  options: Partial<GcpDeadLettersOptions> = {},
): Promise<T> {
  return withGcpStub(answer, async ({ endpoint, requests }) => {
    return closing(
      gcpDeadLetters({ subscription: SUBSCRIPTION, topic: TOPIC, endpoint, maxAttempts: 1, ...options }),
      (store) => test(store, requests),
    );
  });
}

/** Attributes of what a subscription gave up on. */
export const FORWARDED = {
  sluice: "1",
  CloudPubSubDeadLetterSourceDeliveryCount: "7",
  CloudPubSubDeadLetterSourceSubscription: "events-push",
  CloudPubSubDeadLetterSourceSubscriptionProject: "p",
  CloudPubSubDeadLetterSourceTopicPublishTime: "2026-01-01T00:00:00.000+00:00",
};

/** A letter as a pull hands it over. */
export function received(letter: DeadLetter, ackId = `ack-${letter.id}`) {
  const data = Buffer.from(encodeDeadLetter(letter)).toString("base64");
  return { ackId, message: { data, messageId: `m-${ackId}`, publishTime: "2026-01-01T00:00:00.5Z" } };
}

/** What a request does: `pull`, `publish`, `acknowledge`, `extend`, `give back`, or `look up`. */
export function doing({ path, json }: HttpRequest): string {
  const verb = path.split(":")[1] ?? "look up";
  if (verb !== "modifyAckDeadline") return verb;
  return json<{ ackDeadlineSeconds: number }>().ackDeadlineSeconds === 0 ? "give back" : "extend";
}
