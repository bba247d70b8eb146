import { describe, expect, it } from "@jest/globals";
import type { Store } from "sluice";
import { unless, using } from "../../support/contract";
import { event, json, testPipeline } from "../../support/records";
import { type DeploymentSubject, drain, effects, publishEach, workerOn } from "../../support/source";
import { allIds, good, key, numbers, SIZE } from "./common";

/** One bad event harms nobody: it is isolated, whole, wherever it stands. */
export function poisonContract(subject: DeploymentSubject): void {
  describe("poison", () => {
    const pairs = [
      [0, 1],
      [0, SIZE - 1],
      [2, 3],
      [SIZE - 2, SIZE - 1],
    ];
    for (const poisoned of [...numbers.map((number) => [number]), ...pairs])
      it(
        `at ${poisoned.join(" and ")} of ${SIZE} messages: one letter each with the original bytes, every neighbor stored once`,
        using(subject, async ({ port }) => {
          const bodies = numbers.map((number) => (poisoned.includes(number) ? `{"poison":${number}` : good(number)));
          await publishEach(port, bodies);

          await drain(port, workerOn(port));

          const { stored, letters, rows } = await effects(port, allIds);
          expect(stored).toEqual(allIds.filter((_, number) => !poisoned.includes(number)));
          expect(rows).toBe(SIZE - poisoned.length);
          expect(letters.map(({ body }) => Buffer.from(body).toString()).sort()).toEqual(
            poisoned.map((number) => bodies[number]),
          );
          for (const letter of letters)
            expect(letter).toMatchObject({ code: "json", stage: "decode", attempts: 1, position: { index: 0 } });
        }),
      );
    for (const poisoned of numbers)
      it(
        `at ${poisoned} of ${SIZE} events of one message: it alone is dead-lettered, and the letter says where it stood`,
        using(subject, async ({ port }) => {
          const bodies = numbers.map((number) => (number === poisoned ? Uint8Array.of(0xff) : good(number)));
          await port.ingest.publish({ keys: bodies.map(() => key), bodies });

          await drain(port, workerOn(port));

          const { stored, letters } = await effects(port, allIds);
          expect(stored).toEqual(allIds.filter((_, number) => number !== poisoned));
          expect(letters).toMatchObject([{ code: "encoding", position: { index: poisoned } }]);
        }),
      );
    unless(subject.capabilities.countsDeliveries ? undefined : "the source does not count its deliveries")(
      "that nobody can classify is isolated once it has been delivered often enough",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        const write: Store["write"] = async (rows, options) => {
          if (rows.ids.includes("e2")) throw new TypeError("Nobody knows what this is.");
          return port.store.write(rows, options);
        };

        await drain(port, workerOn(port, { store: { ...port.store, write } }));

        const { stored, letters } = await effects(port, allIds);
        expect(stored).toEqual(allIds.filter((id) => id !== "e2"));
        expect(letters.map(({ eventId, body }) => eventId ?? JSON.parse(Buffer.from(body).toString()).id)).toEqual([
          "e2",
        ]);
      }),
    );
  });

  describe("oversize", () => {
    it(
      "an event longer than the pipeline takes is dead-lettered whole",
      using(subject, async ({ port }) => {
        const long = json({ ...event(1, { key }), note: "x".repeat(testPipeline.limits.maxEventBytes) });
        await publishEach(port, [good(0), long]);

        await drain(port, workerOn(port));

        const { stored, letters } = await effects(port, ["e0", "e1"]);
        expect(stored).toEqual(["e0"]);
        expect(letters).toMatchObject([{ code: "oversize" }]);
        expect(Buffer.from(letters[0]!.body).toString()).toBe(long);
      }),
    );
  });
}
