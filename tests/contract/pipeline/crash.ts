import { describe, expect, it } from "@jest/globals";
import { SluiceError, type Store } from "sluice";
import { unless, using } from "../../support/contract";
import { settled } from "../../support/manual-clock";
import { all, event, json, testPipeline } from "../../support/records";
import { type DeploymentSubject, drain, effects, publishEach, workerOn } from "../../support/source";
import { allIds, good, key, numbers, SIZE, unavailable } from "./common";

/** Whatever is repeated, by a restart or by a producer, takes effect once and in order. */
export function crashContract(subject: DeploymentSubject): void {
  const { capabilities } = subject;
  const unordered = capabilities.ordering === "per-key" ? undefined : "the source keeps no order";

  describe("crash and restart", () => {
    for (const moment of ["before the effects", "between the effects and the checkpoint"] as const)
      it(
        `${moment}: everything is seen again and stored once`,
        using(subject, async ({ port, restart }) => {
          await publishEach(port, [...numbers.map(good), "poison"]);
          const delivery = (await port.receive())!;
          if (moment !== "before the effects") await workerOn(port).engine.processBatch(delivery);
          const after = await restart();

          const outcomes = await drain(after, workerOn(after));

          const { stored, letters, rows } = await effects(after, allIds);
          expect(stored).toEqual(allIds);
          expect(rows).toBe(SIZE);
          expect(letters).toHaveLength(1);
          const again = outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0);
          if (after.store.capabilities.reportsDuplicates)
            expect(again).toBe(moment === "before the effects" ? 0 : SIZE);
        }),
      );
    it(
      "handed back, then restarted: seen again",
      using(subject, async ({ port, restart }) => {
        await publishEach(port, numbers.map(good));
        await drain(port, workerOn(port, { infer: unavailable() }), 1);
        const after = await restart();

        await drain(after, workerOn(after));

        expect((await effects(after, allIds)).stored).toEqual(allIds);
      }),
    );
    it(
      "actions of rows that a crash left without them go out when the rows come again",
      using(subject, async ({ port, restart }) => {
        await publishEach(port, [json(event(1, { key, amount: 23 }))]);
        const delivery = (await port.receive())!;
        const publish = () => new Promise<never>(() => {});
        void workerOn(port, { actions: { ...port.actions, publish } }).engine.processBatch(delivery);
        const written = async () => {
          while (!(await port.store.read(key, "e1"))) await settled();
        };
        await written();
        const after = await restart();

        await drain(after, workerOn(after));

        expect((await all(after.received())).map(({ id }) => id)).toEqual(["e1:alert"]);
      }),
    );
  });

  describe("duplicates and order", () => {
    it(
      "an event that was published several times is stored once, and acts once",
      using(subject, async ({ port }) => {
        const body = json(event(1, { key, amount: 23 }));
        await publishEach(port, [body, good(2), body, body]);
        await port.ingest.publish({ keys: [key, key], bodies: [body, body] });

        await drain(port, workerOn(port));

        expect((await effects(port, ["e1", "e2"])).rows).toBe(2);
        expect(new Set((await all(port.received())).map(({ id }) => id))).toEqual(new Set(["e1:alert"]));
      }),
    );
    unless(unordered === undefined ? "the source keeps the order" : undefined)(
      "messages that come in another order, and some of them twice, end in the same rows",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        const delivery = (await port.receive())!;
        const { engine } = workerOn(port);
        await engine.processBatch({ ...delivery, messages: delivery.messages.toReversed().slice(0, 4) });

        await port.answer(delivery, await engine.processBatch(delivery));
        await drain(port, workerOn(port));

        const { stored, rows } = await effects(port, allIds);
        expect(stored).toEqual(allIds);
        expect(rows).toBe(SIZE);
      }),
    );
    unless(unordered)(
      "the events of a key are written in order, also when some of them must come again",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        const order: string[] = [];
        let calls = 0;
        const write: Store["write"] = async (rows, options) => {
          if (++calls % 3 === 0) throw new SluiceError("throttled", "store", "Slow down.");
          order.push(...rows.ids);
          return port.store.write(rows, options);
        };

        await drain(port, workerOn(port, { store: { ...port.store, write }, maxRows: 1, retry: { attempts: 1 } }));

        expect([...new Set(order)]).toEqual(allIds);
      }),
    );
    unless(unordered)(
      "an action does not overtake the action of an earlier event of its key that must come again",
      using(subject, async ({ port }) => {
        await publishEach(port, numbers.map(good));
        let failures = 3;
        const write: Store["write"] = async (rows, options) => {
          const report = await port.store.write(rows, options);
          if (rows.ids[0] !== "e0" || --failures < 0) return report;
          return { ...report, failures: [{ index: 0, error: new SluiceError("throttled", "store", "Slow down.") }] };
        };
        const pipeline = { ...testPipeline, actions: [{ name: "note", when: () => true }] };

        await drain(port, workerOn(port, { store: { ...port.store, write }, pipeline }));

        expect((await all(port.received())).map(({ eventId }) => eventId)).toEqual(allIds);
      }),
    );
  });
}
