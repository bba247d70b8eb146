import type { Dice } from "./dice";
import { choose, type Playbook } from "./playbooks";
import { MAX_KM10, type Purchase } from "./shopping";
import type { World } from "./world";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Series {
  playbook: Playbook;
  customer: number;
  left: number;
  at: number;
  km10: number;
  foreign: boolean;
}

/** Series under way. */
export interface Attacks {
  /** When the next purchase of any series is due, milliseconds since 1970; Infinity if none is. */
  nextAt: number;
  begin: (now: number) => void;
  /** Writes the purchase that is due at `nextAt`. */
  play: (purchase: Purchase) => void;
}

export function createAttacks(dice: Dice, world: World): Attacks {
  const active: Series[] = [];
  const attacks: Attacks = { nextAt: Number.POSITIVE_INFINITY, begin, play };
  return attacks;

  function begin(now: number): void {
    const playbook = choose(dice.random());
    active.push({
      playbook,
      customer: dice.pick(world.byActivity),
      left: dice.whole(...playbook.length),
      at: now + hoursUntil(now, playbook.hours) * HOUR + dice.exponential(5 * MINUTE),
      km10: Math.min(MAX_KM10, dice.logNormal(playbook.km[0] * 10, playbook.km[1])),
      foreign: dice.chance(playbook.foreign),
    });
    schedule();
  }

  function play(purchase: Purchase): void {
    const index = active.findIndex((one) => one.at === attacks.nextAt);
    const series = active[index]!;
    const { playbook, customer } = series;
    const category = dice.pick(playbook.categories);
    const merchants = playbook.cardPresent ? world.storesOf[category] : world.webShopsOf[category];
    const median =
      "cents" in playbook.amount ? playbook.amount.cents : playbook.amount.times * world.typicalCents[customer]!;

    purchase.customer = customer;
    purchase.at = Math.round(series.at);
    purchase.fraud = playbook.fraud;
    // A category may have no merchant in this channel: any other of the channel will do.
    purchase.merchant = dice.pick(
      merchants.length > 0 ? merchants : playbook.cardPresent ? world.stores : world.webShops,
    );
    purchase.cents = dice.logNormal(median, playbook.sigma);
    purchase.km10 = series.km10;
    purchase.foreign = series.foreign;
    purchase.cardPresent = playbook.cardPresent;

    series.at += dice.between(...playbook.pause);
    if (--series.left === 0) active.splice(index, 1);
    schedule();
  }

  function schedule(): void {
    attacks.nextAt = active.reduce((least, { at }) => (at < least ? at : least), Number.POSITIVE_INFINITY);
  }
}

/** How long to wait until the hour of the day is one of `hours`. */
function hoursUntil(now: number, [from, to]: readonly [number, number]): number {
  const hour = (now / HOUR) % 24;
  if (hour >= from && hour < to) return 0;
  return (from - hour + 24) % 24;
}
