import { expect, it } from "@jest/globals";
import { seededRandom } from "sluice";
import { type CloudPath, publishEvents, rowsOf } from "./cloud-path";
import { permutations, shuffled } from "./orders";
import { event } from "./records";

interface RunPath extends CloudPath {
  run(): Promise<void>;
  close(): Promise<void>;
}

export interface OrderlessOptions<Path extends RunPath> {
  open(): Promise<Path>;
  /** Hands every delivery over twice at once. */
  openTwice(): Promise<Path>;
  /** Keeps each key's latest state. */
  openLatest(): Promise<Path>;
  /** Events that the stream took in. */
  taken(path: Path): number;
  /** Ids of the events that the latest states of these keys are of. */
  latest(path: Path, keys: readonly string[]): Promise<unknown[]>;
}

/** Enough for an action. */
const AMOUNT = 23;

/** The tests of what neither repeats nor another order may change. */
export function orderlessTests<Path extends RunPath>(options: OrderlessOptions<Path>): void {
  it("F07 duplicates: published three times in any order and handed over twice at once, each event has one row and one action", async () => {
    const random = seededRandom(7);
    const once = await options.open();
    const often = await options.openTwice();
    const events = Array.from({ length: 20 }, (_, number) => event(number, { amount: AMOUNT }));

    await publishEvents(once, events);
    await once.run();
    await publishEvents(often, shuffled([...events, ...events, ...events], random));
    await often.run();

    expect(await rowsOf(often)).toEqual(await rowsOf(once));
    expect([...new Set(often.actions().map(({ id }) => id))].sort()).toEqual(
      once
        .actions()
        .map(({ id }) => id)
        .sort(),
    );
    expect(options.taken(often)).toBe(60);
    for (const path of [once, often]) await path.close();
  });

  it("F08 out of order, and old events again: the same rows, and each key's latest state is that of its newest event", async () => {
    const path = await options.openLatest();
    const orders = permutations([0, 1, 2, 3]);
    const histories = orders.map((order, i) => order.map((number) => event(number, { key: `history-${i}` })));
    await publishEvents(path, histories.flat());
    await path.run();
    const old = histories.flatMap((history) => history.filter(({ id }) => id !== "e3"));
    await publishEvents(path, old);
    await path.run();

    const latest = await options.latest(
      path,
      histories.map((_, i) => `history-${i}`),
    );
    const rows = await path.stored();

    expect(latest).toEqual(histories.map(() => "e3"));
    expect(rows).toHaveLength(histories.length * 4);
    await path.close();
  });
}
