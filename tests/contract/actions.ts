import { describe, expect, it } from "@jest/globals";
import { type Action, type Actions, SluiceError } from "sluice";
import { cannotInject, errorOf, partialFault, type Subject, unless, using } from "../support/contract";
import { action, all } from "../support/records";

/** The port, and what a receiver of the actions has got so far. */
export interface ObservedActions {
  actions: Actions;
  received: () => AsyncIterable<Action>;
}

/** What every publisher of actions does. At least once: a receiver drops repeats by the action's id. */
export function actionsContract(subject: Subject<ObservedActions, undefined>): void {
  const partly = partialFault(subject);
  const twenty = Array.from({ length: 20 }, (_, i) => action(i));

  describe(`actions contract: ${subject.name}`, () => {
    describe("partial failure, throttle and outage", () => {
      unless(cannotInject(subject, partly))(
        "actions that are not reported as failed are out; those that are can be repeated alone",
        using(subject, async ({ port, inject }) => {
          const heal = await inject(partly);

          const failures = await port.actions.publish(twenty);
          const received = await ids(port);
          await heal();
          const again = await port.actions.publish(failures.map(({ index }) => twenty[index]!));

          const failed = new Set(failures.map(({ index }) => index));
          expect(failed.size).toBeGreaterThan(0);
          expect(failed.size).toBeLessThan(20);
          expect(received).toEqual(sorted(twenty.filter((_, index) => !failed.has(index))));
          expect(again).toEqual([]);
          expect(await ids(port)).toEqual(sorted(twenty));
        }),
      );
      for (const code of ["unavailable", "throttled", "credentials"] as const)
        unless(cannotInject(subject, { code, partial: false }))(
          `a service that is ${code} gives retryable errors`,
          using(subject, async ({ port, inject }) => {
            await inject({ code, partial: false });

            const errors = await errorsOf(port.actions, twenty);

            for (const error of errors) expect(error).toMatchObject({ code, stage: "actions", retryable: true });
          }),
        );
    });

    describe("crash, restart and duplicates", () => {
      it(
        "actions are out when publish returns, whatever becomes of the process",
        using(subject, async ({ port, restart }) => {
          await port.actions.publish([action(1)]);

          expect(await ids(await restart())).toEqual(["e1:alert"]);
        }),
      );
      it(
        "an action that comes again after a crash has the same id",
        using(subject, async ({ port, restart }) => {
          await port.actions.publish([action(1), action(2)]);
          const after = await restart();
          await after.actions.publish([action(1), action(2), action(3)]);

          expect([...new Set(await ids(after))]).toEqual(["e1:alert", "e2:alert", "e3:alert"]);
        }),
      );
    });

    describe("cancellation", () => {
      it(
        "a call that is cancelled before it starts publishes nothing",
        using(subject, async ({ port }) => {
          const error = await errorOf(port.actions.publish([action(1)], { signal: AbortSignal.abort() }));

          expect(error).toMatchObject({ code: "cancelled", retryable: true });
          expect(await ids(port)).toEqual([]);
        }),
      );
    });

    describe("ordinary behavior", () => {
      it(
        "an action arrives as it was",
        using(subject, async ({ port }) => {
          await port.actions.publish([action(1)]);

          expect(await all(port.received())).toEqual([action(1)]);
        }),
      );
      it(
        "many in one call arrive, and nothing to publish is nothing",
        using(subject, async ({ port }) => {
          const many = Array.from({ length: 500 }, (_, i) => action(i));

          expect(await port.actions.publish(many)).toEqual([]);
          expect(await port.actions.publish([])).toEqual([]);
          expect(await ids(port)).toEqual(sorted(many));
        }),
      );
    });
  });
}

async function ids({ received }: ObservedActions): Promise<string[]> {
  return (await all(received())).map(({ id }) => id).sort();
}

function sorted(actions: readonly Action[]): string[] {
  return actions.map(({ id }) => id).sort();
}

/** What failed: as a whole, or action by action. */
async function errorsOf(port: Actions, actions: readonly Action[]): Promise<unknown[]> {
  try {
    const failures = await port.publish(actions);
    expect(failures).toHaveLength(actions.length);
    return failures.map(({ error }) => error);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    return [thrown];
  }
}
