import type { Dice } from "./dice";
import type { Purchase } from "./shopping";
import type { CardHistory } from "./text";
import type { World } from "./world";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Purchases remembered per card: more than any card makes in a day. */
const REMEMBERED = 32;

/**
 * Velocity per card: how long since the last purchase, how many in the last hour and day, the running average amount.
 * A bank takes these from its own store; here they travel in the event, so that the pipeline needs no state.
 */
export function createHistory(dice: Dice, world: World, start: number): (purchase: Purchase) => CardHistory {
  const times = new Float64Array(world.customers * REMEMBERED).fill(Number.NEGATIVE_INFINITY);
  const newest = new Uint8Array(world.customers);
  const average = Float64Array.from(world.typicalCents, (cents) => dice.logNormal(cents * 1.3, 0.2));
  for (let customer = 0; customer < world.customers; customer++)
    times[customer * REMEMBERED] = start - dice.exponential(10 * HOUR);
  const history: CardHistory = { averageCents: 0, secondsSincePrevious: 0, countLastHour: 0, countLastDay: 0 };

  return ({ customer, at, cents }) => {
    const base = customer * REMEMBERED;
    const last = newest[customer]!;
    const before = at - times[base + last]!;
    let hour = 0;
    let day = 0;
    for (let back = 0; back < REMEMBERED; back++) {
      const age = at - times[base + ((last - back) & (REMEMBERED - 1))]!;
      if (age > DAY) break;
      day++;
      if (age <= HOUR) hour++;
    }
    history.averageCents = Math.round(average[customer]!);
    history.secondsSincePrevious = Math.round(before / 1000);
    history.countLastHour = hour;
    history.countLastDay = day;

    const slot = (last + 1) & (REMEMBERED - 1);
    times[base + slot] = at;
    newest[customer] = slot;
    average[customer]! += 0.05 * (cents - average[customer]!);
    return history;
  };
}
