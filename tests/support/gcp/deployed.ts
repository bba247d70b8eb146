import { setTimeout as after } from "node:timers/promises";
import type { Delivery } from "sluice";
import { gcpPreprocess } from "../../../adapters/gcp/preprocess";
import type { SubscriptionJson } from "../../../emulators/gcp/pubsub";
import { listen, readBody } from "../../../emulators/listen";
import type { Host } from "../cloud-harness";
import type { GcpServices } from "./services";

interface Push {
  body: Buffer;
  answer: PromiseWithResolvers<number>;
}

const LOOK_MS = 2;
const QUIET_LOOKS = 30;
/** What Cloud Run answers for an instance that ended. */
const GONE = 503;

/** A push subscription without a pause before it delivers again, so that no test waits. */
export async function hostOf(
  { services: { pubsub } }: GcpServices,
  subscription: Pick<SubscriptionJson, "name" | "topic" | "deadLetterPolicy">,
): Promise<Host> {
  const waiting: Push[] = [];
  const open = new Set<Push>();
  const server = await listen(async (request, response) => {
    const body = await readBody(request);
    if (body === undefined) return;
    const push: Push = { body, answer: Promise.withResolvers() };
    waiting.push(push);
    open.add(push);
    response.statusCode = await push.answer.promise.finally(() => open.delete(push));
    response.end();
  });
  pubsub.createSubscription({
    ...subscription,
    ackDeadlineSeconds: 600,
    pushConfig: { pushEndpoint: server.endpoint },
  });
  const crash = () => {
    waiting.length = 0;
    for (const push of open) push.answer.resolve(GONE);
    open.clear();
  };

  /** All that is pushed now: until nothing is missing, or nothing more comes because pushes that failed are held back. */
  const gather = async (): Promise<Push[]> => {
    for (let quiet = 0, seen = 0; ; ) {
      const { unacked } = pubsub.subscription(subscription.name);
      if (unacked === 0) return [];
      quiet = waiting.length === seen ? quiet + 1 : 0;
      seen = waiting.length;
      if (seen > 0 && (open.size >= unacked || quiet > QUIET_LOOKS)) return waiting.splice(0);
      await after(LOOK_MS);
    }
  };

  return {
    crash,
    boot: () => {
      const preprocess = gcpPreprocess({ deadlineMs: 60_000 });
      const pushes = new Map<Delivery, Push[]>();
      return {
        // A push is one message. As requests at the same time share the engine, so they are one delivery here.
        receive: async () => {
          const received = (await gather()).map((push) => ({
            push,
            delivery: preprocess.receive({ body: push.body }),
          }));
          received.sort((a, b) => (offsetOf(a.delivery) < offsetOf(b.delivery) ? -1 : 1));
          const [first] = received;
          if (!first) return undefined;
          const delivery = { ...first.delivery, messages: received.flatMap((one) => one.delivery.messages) };
          pushes.set(
            delivery,
            received.map(({ push }) => push),
          );
          return delivery;
        },
        answer: async (delivery, outcome) => {
          for (const [index, push] of (pushes.get(delivery) ?? []).entries()) {
            const isDone = outcome.messages[index] === "done";
            const own = { ...outcome, messages: [outcome.messages[index]!], firstRetry: isDone ? -1 : 0 };
            push.answer.resolve(preprocess.answer(delivery, own).status);
          }
        },
      };
    },
    close: async () => {
      pubsub.deleteSubscription(subscription.name);
      crash();
      await server.close();
    },
  };
}

function offsetOf({ messages }: Delivery): string {
  return messages[0]?.offset ?? "";
}
