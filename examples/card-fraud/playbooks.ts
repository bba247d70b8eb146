import type { Category } from "./categories";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Several purchases on one card that belong together: what a thief does, or a customer who looks like one. */
export interface Playbook {
  name: string;
  /** Of all series that begin, how many are of this kind. */
  share: number;
  fraud: boolean;
  length: readonly [number, number];
  /** Pause between two purchases, milliseconds. */
  pause: readonly [number, number];
  /** Hours of the day at which it may begin, UTC. */
  hours: readonly [number, number];
  categories: readonly Category[];
  cardPresent: boolean;
  /** Median amount: `times` what the customer usually spends, or fixed `cents`. */
  amount: { times: number } | { cents: number };
  sigma: number;
  /** Median distance from home, km, and its spread. */
  km: readonly [number, number];
  foreign: number;
}

const ALL_DAY = [0, 24] as const;
const PLAYBOOKS: readonly Playbook[] = [
  // Stolen numbers are tried with small amounts before they are sold.
  {
    name: "card-testing",
    share: 0.2,
    fraud: true,
    length: [4, 11],
    pause: [4_000, 80_000],
    hours: ALL_DAY,
    categories: ["gaming", "subscription", "marketplace", "gift-card"],
    cardPresent: false,
    amount: { cents: 190 },
    sigma: 0.6,
    km: [700, 1.5],
    foreign: 0.6,
  },
  // A cloned card at a counter far away.
  {
    name: "far-away",
    share: 0.2,
    fraud: true,
    length: [1, 3],
    pause: [10 * MINUTE, 3 * HOUR],
    hours: [8, 22],
    categories: ["electronics", "jewelry", "clothing", "travel"],
    cardPresent: true,
    amount: { times: 5 },
    sigma: 0.6,
    km: [1400, 1.1],
    foreign: 0.8,
  },
  {
    name: "night-electronics",
    share: 0.17,
    fraud: true,
    length: [1, 3],
    pause: [2 * MINUTE, 40 * MINUTE],
    hours: [0, 5],
    categories: ["electronics", "marketplace"],
    cardPresent: false,
    amount: { times: 4.5 },
    sigma: 0.6,
    km: [60, 1.8],
    foreign: 0.3,
  },
  // The thief owns the account: amounts look usual, but what is bought turns into money, and it goes on for hours.
  {
    name: "take-over",
    share: 0.22,
    fraud: true,
    length: [2, 6],
    pause: [6 * MINUTE, 80 * MINUTE],
    hours: ALL_DAY,
    categories: ["gift-card", "electronics", "travel", "gaming"],
    cardPresent: false,
    amount: { times: 2.2 },
    sigma: 0.6,
    km: [180, 1.8],
    foreign: 0.3,
  },
  // Somebody of the household: nothing gives it away. It keeps the best model below 1.
  {
    name: "close-by",
    share: 0.05,
    fraud: true,
    length: [1, 2],
    pause: [HOUR, 9 * HOUR],
    hours: [8, 23],
    categories: ["grocery", "restaurant", "clothing", "marketplace"],
    cardPresent: true,
    amount: { times: 1.3 },
    sigma: 0.6,
    km: [4, 0.9],
    foreign: 0,
  },
  // Honest customers who buy many small things in a row, at home or on the way.
  {
    name: "spree",
    share: 0.12,
    fraud: false,
    length: [3, 8],
    pause: [15_000, 6 * MINUTE],
    hours: ALL_DAY,
    categories: ["gaming", "marketplace", "subscription"],
    cardPresent: false,
    amount: { cents: 480 },
    sigma: 0.7,
    km: [5, 1.8],
    foreign: 0.2,
  },
  // Honest customers who equip a home, or buy presents.
  {
    name: "moving-house",
    share: 0.04,
    fraud: false,
    length: [2, 5],
    pause: [5 * MINUTE, 4 * HOUR],
    hours: [8, 24],
    categories: ["electronics", "marketplace", "jewelry", "gift-card"],
    cardPresent: false,
    amount: { times: 3 },
    sigma: 0.7,
    km: [6, 1.5],
    foreign: 0.15,
  },
];

/** One of the playbooks, by their shares; `draw` is in [0, 1). */
export function choose(draw: number): Playbook {
  let left = draw;
  for (const playbook of PLAYBOOKS) {
    left -= playbook.share;
    if (left < 0) return playbook;
  }
  return PLAYBOOKS[0]!;
}
