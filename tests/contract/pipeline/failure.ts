import { describe, expect, it } from "@jest/globals";
import { type DeadLetterStore, type Infer, type RowBatch, SluiceError, type Store } from "sluice";
import { subset } from "../../../shared/engine/persist";
import { unless, using } from "../../support/contract";
import { manualClock } from "../../support/manual-clock";
import { memoryInfer } from "../../support/memory";
import { type DeploymentSubject, drain, effects, publishEach, workerOn } from "../../support/source";
import { allIds, good, numbers, SIZE, unavailable } from "./common";

/** What the surroundings break is handed back, and nothing of it is acknowledged. */
export function failureContract(subject: DeploymentSubject): void {
  const { capabilities } = subject;
  const oneCheckpoint = capabilities.checkpoint !== "per-message";

  describe("partial failure", () => {
    it(
      oneCheckpoint ? "everything from the lowest failure on comes again" : "exactly what failed comes again",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        const worker = workerOn(port, { store: failing(port.store, "e3"), retry: { attempts: 1 } });
        const [first] = await drain(port, worker, 1);

        const again = (await port.receive())!;

        expect(first).toMatchObject({ firstRetry: expect.any(Number), retried: 1, stored: SIZE - 1 });
        expect(again.messages).toHaveLength(oneCheckpoint ? 3 : 1);
      }),
    );
    it(
      "what is durable already is not written again to no effect: the rest is stored and nothing twice",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        await drain(port, workerOn(port, { store: failing(port.store, "e3"), retry: { attempts: 1 } }), 1);

        await drain(port, workerOn(port));

        const { stored, rows } = await effects(port, allIds);
        expect(stored).toEqual(allIds);
        expect(rows).toBe(SIZE);
      }),
    );
  });

  describe("throttle", () => {
    it(
      "a store that takes a little at a time gets it all in the end, and nothing is dead-lettered",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        const worker = workerOn(port, { store: throttled(port.store), maxRows: 2 });

        const outcomes = await drain(port, worker);

        const { stored, letters } = await effects(port, allIds);
        expect(outcomes.at(-1)?.firstRetry).toBe(-1);
        expect(stored).toEqual(allIds);
        expect(letters).toEqual([]);
      }),
    );
  });

  describe("dead-letter store down", () => {
    it(
      "nothing of a poisoned message is acknowledged, and everything arrives once it is up again",
      using(subject, async ({ port }) => {
        await publishEach(port, ["poison", ...numbers.map(good)]);
        const put: DeadLetterStore["put"] = async () => {
          throw down();
        };
        const outcomes = await drain(port, workerOn(port, { deadLetters: { ...port.deadLetters, put } }), 2);
        const during = await effects(port, allIds);

        await drain(port, workerOn(port));

        const after = await effects(port, allIds);
        expect(outcomes.map(({ messages }) => messages.includes("retry"))).toEqual([true, true]);
        expect(outcomes[0]).toMatchObject({ deadLettered: 0, retryCode: "unavailable" });
        expect(during.letters).toEqual([]);
        expect(after.stored).toEqual(allIds);
        expect(after.letters.map(({ body }) => Buffer.from(body).toString())).toEqual(["poison"]);
      }),
    );
    it(
      "a letter whose answer was lost is there once",
      using(subject, async ({ port }) => {
        await publishEach(port, ["poison", good(0)]);
        let calls = 0;
        const put: DeadLetterStore["put"] = async (letters, options) => {
          await port.deadLetters.put(letters, options);
          if (++calls < 5) throw new SluiceError("timeout", "deadletter", "No answer.");
        };

        await drain(port, workerOn(port, { deadLetters: { ...port.deadLetters, put } }));

        expect((await effects(port, ["e0"])).letters).toHaveLength(1);
      }),
    );
    unless(capabilities.checkpoint === "always-advances" ? undefined : "the source delivers for as long as it takes")(
      "on the last attempt what is left is dead-lettered, whole",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));

        await drain(port, workerOn(port, { infer: unavailable() }));

        const { givenUp } = await effects(port, allIds);
        expect(givenUp.map(({ body }) => Buffer.from(body).toString()).sort()).toEqual(numbers.map(good));
      }),
    );
  });

  describe("deadline and cancellation", () => {
    it(
      "work stops before the deadline, and the rest comes again",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        const clock = manualClock({ busy: port.busy });
        const infer: Infer = {
          ...memoryInfer(),
          infer: async (features, options) => {
            await clock.sleep(1_000, options?.signal);
            return memoryInfer().infer(features, options);
          },
        };
        const { engine } = workerOn(port, { clock, infer, maxRows: 1, reserveMs: 500 });
        const delivery = (await port.receive())!;
        const deadline = clock.now() + 3_000;

        const outcome = await engine.processBatch({ ...delivery, deadline });
        const answeredAt = clock.now();
        await port.answer(delivery, outcome);
        await drain(port, workerOn(port));

        expect(answeredAt).toBeLessThanOrEqual(deadline - 500);
        expect(outcome).toMatchObject({ stored: 2, retried: SIZE - 2, retryCode: "deadline" });
        expect((await effects(port, allIds)).stored).toEqual(allIds);
      }),
    );
    it(
      "a host that shuts down gets its answer at once, and what was not finished comes again",
      using(subject, async ({ port, restart }) => {
        await publishEach(port, numbers.map(good));
        const shutdown = new AbortController();
        const write = async (_: RowBatch) => {
          shutdown.abort();
          return new Promise<never>(() => {});
        };
        const delivery = (await port.receive())!;
        const { engine } = workerOn(port, { store: { ...port.store, write } });

        const outcome = await engine.processBatch({ ...delivery, signal: shutdown.signal });
        await port.answer(delivery, outcome);
        const after = await restart();
        await drain(after, workerOn(after));

        expect(outcome).toMatchObject({ firstRetry: 0, retryCode: "cancelled" });
        expect((await effects(after, allIds)).stored).toEqual(allIds);
      }),
    );
  });
}

const down = () => new SluiceError("unavailable", "deadletter", "It is down.");

/** A store that never takes one of the rows. */
function failing(store: Store, id: string): Store {
  const write: Store["write"] = async (rows, options) => {
    const index = rows.ids.indexOf(id);
    if (index === -1) return store.write(rows, options);
    const others = [...rows.ids.keys()].filter((row) => row !== index);
    await store.write(subset(rows, others), options);
    return { duplicates: [], failures: [{ index, error: new SluiceError("unavailable", "store", "Not this one.") }] };
  };
  return { ...store, write };
}

/** A store that takes every fourth write and asks for patience in between. */
function throttled(store: Store): Store {
  let calls = 0;
  const write: Store["write"] = async (rows, options) => {
    if (++calls % 4 !== 0) throw new SluiceError("throttled", "store", "Slow down.", { retryAfterMs: 200 });
    return store.write(rows, options);
  };
  return { ...store, write };
}
