import { describe, expect, it } from "@jest/globals";
import { type Delivery, decodeEnvelope } from "sluice";
import { unless, using } from "../support/contract";
import { type Deployment, type DeploymentSubject, outcomeOf, publishEach } from "../support/source";

const FIVE = ["a", "b", "c", "d", "e"];

/** What every platform's hand-over does, whatever the engine answers. */
export function preprocessContract(subject: DeploymentSubject): void {
  const { capabilities } = subject;
  const { checkpoint } = capabilities;
  const notLowest = checkpoint === "per-message" ? "each message is acknowledged by itself" : undefined;
  const notSingle = checkpoint === "per-message" ? undefined : "the source has one checkpoint per partition";
  const unordered = capabilities.ordering === "per-key" ? undefined : "the source keeps no order";

  describe(`preprocess contract: ${subject.name}`, () => {
    describe("crash and restart", () => {
      it(
        "what was not answered when the process died is seen again, unchanged and at the same positions",
        using(subject, async ({ port, restart }) => {
          await publishEach(port, FIVE);
          const first = await received(port);

          const again = await received(await restart());

          expect(placesAndBodies(again)).toEqual(placesAndBodies(first));
          expect(bodies(again)).toEqual(FIVE);
        }),
      );
      it(
        "what was handed back is seen again after a restart too",
        using(subject, async ({ port, restart }) => {
          await publishEach(port, FIVE);
          const first = await received(port);
          await port.answer(first, outcomeOf(first, first.messages.keys().toArray()));

          const again = await received(await restart());

          expect(placesAndBodies(again)).toEqual(placesAndBodies(first));
        }),
      );
      it(
        "what was acknowledged is not seen again, by no process",
        using(subject, async ({ port, restart }) => {
          await publishEach(port, FIVE);
          await acknowledgeAll(port);

          expect(await port.receive()).toBeUndefined();
          expect(await (await restart()).receive()).toBeUndefined();
        }),
      );
      it(
        "an answer that comes after another process took over moves nothing back",
        using(subject, async ({ port, restart }) => {
          await publishEach(port, FIVE);
          const old = await received(port);
          const after = await restart();
          await acknowledgeAll(after);

          await port.answer(old, outcomeOf(old, [0])).catch(() => {});

          expect(await after.receive()).toBeUndefined();
          expect(await (await restart()).receive()).toBeUndefined();
        }),
      );
    });

    describe("partial failure", () => {
      unless(notLowest)(
        "everything from the lowest failure on comes again, and nothing before it",
        using(subject, async ({ port }) => {
          await publishEach(port, FIVE);
          const first = await received(port);
          await port.answer(first, outcomeOf(first, [2]));

          expect(bodies(await received(port))).toEqual(["c", "d", "e"]);
        }),
      );
      unless(notSingle)(
        "exactly the failed messages come again",
        using(subject, async ({ port }) => {
          await publishEach(port, FIVE);
          const first = await received(port);
          await port.answer(first, outcomeOf(first, [1, 3]));

          expect(bodies(await received(port)).sort()).toEqual([1, 3].map((index) => bodies(first)[index]).sort());
        }),
      );
      unless(capabilities.countsDeliveries ? undefined : "the source does not count its deliveries")(
        "counts the deliveries of what comes again",
        using(subject, async ({ port }) => {
          await publishEach(port, FIVE);
          const attempts: number[] = [];

          for (let i = 0; i < 3; i++) {
            const delivery = await received(port);
            attempts.push(delivery.attempt);
            await port.answer(delivery, outcomeOf(delivery, delivery.messages.keys().toArray()));
          }

          expect(attempts).toEqual([1, 2, 3]);
        }),
      );
      unless(checkpoint === "always-advances" ? undefined : "the source delivers for as long as it takes")(
        "says which delivery is the last one, before it is too late",
        using(subject, async ({ port }) => {
          await publishEach(port, FIVE);
          let last = false;

          for (let i = 0; i < 100 && !last; i++) {
            const delivery = await received(port);
            last = delivery.lastAttempt;
            if (!last) await port.answer(delivery, outcomeOf(delivery, [0]));
          }

          expect(last).toBe(true);
        }),
      );
    });

    describe("ordinary behavior", () => {
      it(
        "says so where it keeps the order of a partition",
        using(subject, async ({ port }) => {
          await publishEach(port, FIVE);

          expect((await received(port)).ordered).toBe(capabilities.ordering === "per-key");
        }),
      );
      unless(unordered)(
        "hands over a partition's messages in order, each once",
        using(subject, async ({ port }) => {
          const many = Array.from({ length: 40 }, (_, i) => `event-${i}`);
          await publishEach(port, many);

          expect(await acknowledgeAll(port)).toEqual(many);
        }),
      );
      it(
        "what is published later comes later",
        using(subject, async ({ port }) => {
          await publishEach(port, ["a"]);
          await acknowledgeAll(port);
          await publishEach(port, ["b"]);

          expect(await acknowledgeAll(port)).toEqual(["b"]);
        }),
      );
      it(
        "every message has a position of its own",
        using(subject, async ({ port }) => {
          const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
          for (const key of keys) await port.ingest.publish({ keys: [key], bodies: [key] });
          const places: string[] = [];

          await acknowledgeAll(port, (delivery) => places.push(...placesAndBodies(delivery).map(([place]) => place!)));

          expect(new Set(places).size).toBe(30);
        }),
      );
      it(
        "an empty stream hands over nothing",
        using(subject, async ({ port }) => {
          expect(await port.receive()).toBeUndefined();
        }),
      );
    });
  });
}

async function received(port: Deployment): Promise<Delivery> {
  const delivery = await port.receive();
  expect(delivery).toBeDefined();
  return delivery!;
}

/** Acknowledges until nothing is left; returns the events in the order they came. */
async function acknowledgeAll(port: Deployment, seen: (delivery: Delivery) => void = () => {}): Promise<string[]> {
  const events: string[] = [];
  for (let delivery = await port.receive(); delivery; delivery = await port.receive()) {
    seen(delivery);
    events.push(...bodies(delivery));
    await port.answer(delivery, outcomeOf(delivery));
  }
  return events;
}

function bodies({ messages }: Delivery): string[] {
  return messages.flatMap(({ body }) => decodeEnvelope(body)?.events.map(String) ?? [Buffer.from(body).toString()]);
}

function placesAndBodies({ source, partition, messages }: Delivery): string[][] {
  return messages.map(({ offset, body }) => [`${source}/${partition}/${offset}`, Buffer.from(body).toString()]);
}
