import { seededRandom } from "sluice";
import { createAttacks } from "./attacks";
import { createDice } from "./dice";
import { type Fault, spoil } from "./faults";
import { createHistory } from "./history";
import { createShopping, MAX_KM10, type Purchase } from "./shopping";
import { createWriter } from "./text";
import { createWorld } from "./world";

export interface GenerateOptions {
  /** The same seed gives the same bytes on every machine. */
  seed: number;
  /** How many events to yield, repeats and malformed ones included. */
  count: number;
  /** Card holders; they make about 3.5 purchases a day each. */
  customers?: number;
  /** Time of the first event, milliseconds since 1970. */
  start?: number;
  /** Share of events that come a second time, with the same id and bytes. */
  repeats?: number;
  /** Share of events that are malformed or drifted from the schema. */
  malformed?: number;
}

export interface GeneratedEvent {
  /** Routing key: the card. */
  key: string;
  body: string | Uint8Array;
  /** What the event is, for tests that count. */
  kind: "fresh" | "repeat" | Fault;
}

const DEFAULTS = { customers: 5000, start: Date.UTC(2026, 0, 5), repeats: 0.01, malformed: 0.005 };
const HOUR = 3_600_000;
/** Chance that a series of purchases (an attack, or something that resembles one) begins with an event. */
const SERIES = 0.0052;
/** A repeat is one of the last 64 candidates, and every 16th event is one: holding all of them makes the garbage collector copy them. */
const CANDIDATES = 64;
const EVERY = 16;
/** How busy each hour of the day is, UTC; the mean is 1. */
const BUSY = [
  0.35, 0.2, 0.13, 0.1, 0.13, 0.3, 0.6, 0.9, 1.15, 1.25, 1.3, 1.4, 1.6, 1.5, 1.35, 1.35, 1.45, 1.65, 1.7, 1.55, 1.3,
  1.15, 0.9, 0.6,
];

/**
 * Card transactions in the order of their time: honest shopping with its habits, hours and journeys, and several kinds of
 * fraud hidden in it (about 1.5 % of events). Lazy, and quick enough not to be the bottleneck of a benchmark.
 */
export function* generate(options: GenerateOptions): Generator<GeneratedEvent, void, undefined> {
  const { seed, count, customers, start, repeats, malformed } = { ...DEFAULTS, ...options };
  const dice = createDice(seededRandom(seed));
  const { random } = dice;
  const world = createWorld(dice, customers);
  const attacks = createAttacks(dice, world);
  const shop = createShopping(dice, world);
  const describe = createHistory(dice, world, start);
  const write = createWriter(random, world);
  const recent: GeneratedEvent[] = [];
  const purchase: Purchase = {
    customer: 0,
    merchant: 0,
    cents: 1,
    at: start,
    km10: 0,
    foreign: false,
    cardPresent: true,
    fraud: false,
  };
  const gap = (24 * HOUR) / (customers * 3.5);
  let now = start;
  let fresh = 0;

  for (let yielded = 0; yielded < count; yielded++) {
    const draw = random();
    if (draw < repeats && recent.length > 0) {
      yield { ...dice.pick(recent), kind: "repeat" };
      continue;
    }
    const hour = (now / HOUR) % 24;
    const next = now + dice.exponential(gap) / BUSY[hour | 0]!;
    if (attacks.nextAt <= next) {
      now = Math.max(now, attacks.nextAt);
      attacks.play(purchase);
    } else {
      now = next;
      shop(purchase, Math.round(now), hour);
      if (random() < SERIES) attacks.begin(now);
    }
    purchase.cents = Math.min(90_000_000, Math.max(1, Math.round(purchase.cents)));
    purchase.km10 = Math.min(MAX_KM10, Math.round(purchase.km10));

    const body = write(purchase, describe(purchase));
    const key = world.cardIds[purchase.customer]!;
    if (draw > 1 - malformed) {
      const spoiled = spoil(body, dice);
      yield { key, body: spoiled.body, kind: spoiled.fault };
      continue;
    }
    const event: GeneratedEvent = { key, body, kind: "fresh" };
    if (fresh++ % EVERY === 0) recent[((fresh / EVERY) % CANDIDATES) | 0] = event;
    yield event;
  }
}
