import type { Random } from "sluice";
import { CATEGORIES } from "./categories";
import type { Purchase } from "./shopping";
import type { World } from "./world";

/** What the bank's own systems know when the purchase arrives: computed from the card's history. */
export interface CardHistory {
  averageCents: number;
  secondsSincePrevious: number;
  countLastHour: number;
  countLastDay: number;
}

const THREE_DIGITS = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, "0"));
const HUNDREDTHS = Array.from({ length: 100 }, (_, i) => `.${String(i).padStart(2, "0")}`);
const CURRENCIES = ["USD", "GBP", "CHF", "SEK"];

/**
 * Writes events as JSON text. By hand, since every value is a number, a flag or a name of our own: JSON.stringify takes
 * three times as long, and the generator must not be what a benchmark of the pipeline measures.
 */
export function createWriter(random: Random, world: World): (purchase: Purchase, history: CardHistory) => string {
  const cards = world.cardIds.map((id) => `","cardId":"${id}","merchantId":"`);
  const shops = world.merchantIds.map(
    (id, i) => `${id}","category":"${CATEGORIES[world.merchantCategory[i]!]}","amount":`,
  );
  const abroad = CURRENCIES.map((currency) => `,"currency":"${currency}","at":`);
  const home = ',"currency":"EUR","at":';
  const uuid = createUuid(random);
  const millis = createMillis();

  return (purchase, history) => {
    const currency = purchase.foreign ? abroad[purchase.merchant % abroad.length]! : home;
    return `{"transactionId":"${uuid(purchase.at)}${cards[purchase.customer]}${shops[purchase.merchant]}${euros(purchase.cents)}${currency}${millis(purchase.at)},"averageAmount":${euros(history.averageCents)},"distanceKm":${tenths(purchase.km10)},"secondsSincePrevious":${history.secondsSincePrevious},"countLastHour":${history.countLastHour},"countLastDay":${history.countLastDay},"foreign":${purchase.foreign},"cardPresent":${purchase.cardPresent},"fraud":${purchase.fraud}}`;
  };
}

/** UUID version 7 (RFC 9562): 48 bits of milliseconds and 74 random bits, so that ids sort by time and indexes stay dense. */
function createUuid(random: Random): (at: number) => string {
  const hex2 = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
  // Made here, not when the file is loaded: a worker that only scores events loads it too.
  const hex4 = hex2.flatMap((high) => hex2.map((low) => high + low));
  let high = -1;
  let prefix = "";
  return (at) => {
    const upper = Math.floor(at / 65536);
    if (upper !== high) {
      high = upper;
      prefix = `${upper.toString(16).padStart(8, "0")}-`;
    }
    const a = random() * 0x4000000;
    const b = random() * 0x100000000;
    const c = random() * 0x10000;
    const version = hex4[0x7000 | (a & 0xfff)];
    const variant = hex4[0x8000 | ((a >>> 12) & 0x3fff)];
    return `${prefix}${hex4[at & 0xffff]}-${version}-${variant}-${hex4[b >>> 16]}${hex4[b & 0xffff]}${hex4[c | 0]}`;
  };
}

/** Milliseconds since 1970 as digits. They do not fit a small integer, and V8 writes those alone quickly. */
function createMillis(): (at: number) => string {
  let high = -1;
  let prefix = "";
  return (at) => {
    const upper = Math.floor(at / 1_000_000);
    if (upper !== high) {
      high = upper;
      prefix = String(upper);
    }
    const lower = at - upper * 1_000_000;
    const thousands = (lower / 1000) | 0;
    return `${prefix}${THREE_DIGITS[thousands]}${THREE_DIGITS[lower - thousands * 1000]}`;
  };
}

function euros(cents: number): string {
  const whole = (cents / 100) | 0;
  return whole + HUNDREDTHS[(cents | 0) - whole * 100]!;
}

function tenths(km10: number): string {
  const whole = (km10 / 10) | 0;
  return `${whole}.${(km10 | 0) - whole * 10}`;
}
