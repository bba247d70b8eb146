import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { seededRandom } from "sluice";
import { createBroker } from "../../../../../emulators/gcp/pubsub/broker";
import type { Lease } from "../../../../../emulators/gcp/pubsub/leases";
import { createTimeline } from "../../../../../emulators/gcp/pubsub/timeline";
import { manualClock } from "../../../../support/manual-clock";
import { DEAD, DEAD_HOLD, SUBSCRIPTION, TOPIC } from "./pubsub-harness";

const SECOND = 1000;
const DEADLINE_MS = 10 * SECOND;
const COUNT = "CloudPubSubDeadLetterSourceDeliveryCount";

const plan = fc.record({
  seed: fc.integer(),
  steps: fc.integer({ min: 1, max: 150 }),
  subscribers: fc.integer({ min: 1, max: 4 }),
  keys: fc.integer({ min: 0, max: 3 }),
  maxAttempts: fc.constantFrom(undefined, 5, 7),
  backoff: fc.constantFrom(undefined, 0, 3 * SECOND),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

/** Subscribers that do everything a subscriber can do to a message, by chance. */
async function simulate(p: Plan) {
  const random = seededRandom(p.seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const clock = manualClock({ auto: false });
  const timeline = createTimeline(clock);
  const broker = createBroker({ clock, timeline, random, deliver: () => undefined });
  broker.createTopic({ name: TOPIC });
  broker.createTopic({ name: DEAD });
  broker.createSubscription({ name: DEAD_HOLD, topic: DEAD });
  broker.createSubscription({
    name: SUBSCRIPTION,
    topic: TOPIC,
    enableMessageOrdering: p.keys > 0,
    ...(p.maxAttempts && { deadLetterPolicy: { deadLetterTopic: DEAD, maxDeliveryAttempts: p.maxAttempts } }),
    ...(p.backoff !== undefined && { retryPolicy: { minimumBackoff: p.backoff } }),
  });
  const { backlog } = broker.subscription(SUBSCRIPTION);

  const published: string[] = [];
  const acked: string[] = [];
  const deliveries: Lease[] = [];
  const endings = { nacked: 0, expired: 0 };
  const hands: Lease[][] = Array.from({ length: p.subscribers }, () => []);

  for (let step = 0; step < p.steps; step++) {
    const hand = hands[below(p.subscribers)] ?? [];
    const pick = () => hand.splice(below(hand.length), 1)[0];
    const action = random();
    if (action < 0.2) {
      const orderingKey = p.keys === 0 ? "" : `key${below(p.keys)}`;
      const drafts = Array.from({ length: 1 + below(3) }, () => ({
        data: Buffer.from("a"),
        attributes: {},
        orderingKey,
      }));
      published.push(...broker.publish(TOPIC, drafts));
    } else if (action < 0.5) {
      const onEnd = (_: Lease, how: string) => {
        if (how === "nacked" || how === "expired") endings[how]++;
      };
      const taken = backlog.take({ messages: 1 + below(5), leaseMs: DEADLINE_MS, onEnd });
      deliveries.push(...taken);
      hand.push(...taken);
    } else if (action < 0.65) {
      const lease = pick();
      if (lease && backlog.ack(lease.id)) acked.push(lease.message.id);
    } else if (action < 0.8) {
      const lease = pick();
      if (lease) backlog.nack(lease.id);
    } else if (action < 0.85) {
      const lease = hand[below(hand.length)];
      if (lease) backlog.extend(lease.id, 5 * SECOND);
    } else if (action < 0.9) {
      // A subscriber that starts anew knows nothing of what it had.
      hand.length = 0;
    } else {
      await clock.advance(below(15) * SECOND);
    }
  }
  const dead = broker.subscription(DEAD_HOLD).backlog.messages();
  timeline.close();
  return { backlog, published, acked, deliveries, dead, endings };
}

describe("a subscription under random subscribers", () => {
  it("has each message acknowledged, dead-lettered or still there, and nothing twice", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { backlog, published, acked, dead } = await simulate(p);

        const waiting = backlog.messages().map(({ id }) => id);
        expect(new Set([...acked, ...waiting]).size).toBe(acked.length + waiting.length);
        expect(acked.length + waiting.length + dead.length).toBe(published.length);
        expect([...acked, ...waiting].every((id) => published.includes(id))).toBe(true);
        expect(backlog.counts).toMatchObject({ acked: acked.length, deadLettered: dead.length, discarded: 0 });
      }),
      { numRuns: 200 },
    );
  });

  it("counts the attempts of each message, one by one, up to the last", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { backlog, deliveries, dead, endings } = await simulate(p);

        const attempts = new Map<string, number>();
        for (const { message, attempt } of deliveries) {
          expect(attempt).toBe((attempts.get(message.id) ?? 0) + 1);
          attempts.set(message.id, attempt);
        }
        expect(Math.max(0, ...attempts.values())).toBeLessThanOrEqual(p.maxAttempts ?? Number.POSITIVE_INFINITY);
        expect(dead.every(({ attributes }) => attributes[COUNT] === String(p.maxAttempts))).toBe(true);
        expect(backlog.counts).toMatchObject({ delivered: deliveries.length, ...endings });
      }),
      { numRuns: 200 },
    );
  });

  it("delivers the messages of a key in order, one at a time until each is settled", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (p) => {
        const { deliveries } = await simulate(p);

        const last = new Map<string, number>();
        for (const { message } of deliveries.filter(() => p.keys > 0)) {
          expect(message.sequence).toBeGreaterThanOrEqual(last.get(message.orderingKey) ?? 0);
          last.set(message.orderingKey, message.sequence);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("is the same for the same seed", async () => {
    const p = { seed: 42, steps: 150, subscribers: 3, keys: 2, maxAttempts: 5, backoff: 3 * SECOND } as const;

    const [one, other] = [await simulate(p), await simulate(p)];

    expect(one.deliveries).toEqual(other.deliveries);
    expect(one.deliveries.length).toBeGreaterThan(10);
  });
});
