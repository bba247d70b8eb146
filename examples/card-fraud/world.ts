import { CATEGORIES, type Category } from "./categories";
import type { Dice } from "./dice";

/** Who buys and who sells. Columns are indexed by customer or by merchant number. */
export interface World {
  customers: number;
  cardIds: readonly string[];
  /** What a customer usually spends on one purchase, cents. */
  typicalCents: Float64Array;
  nightOwl: Uint8Array;
  /** Customers, each as often as he shops: a uniform draw from it is a draw by activity. */
  byActivity: Uint32Array;
  /** `FAVORITES` merchants per customer, and how far from home each is, tenths of a kilometer. */
  favorites: Uint16Array;
  favoriteKm10: Uint16Array;
  /** A journey keeps a customer far from home until it ends, milliseconds since 1970. */
  tripUntil: Float64Array;
  tripKm10: Float64Array;
  merchantIds: readonly string[];
  merchantCategory: Uint8Array;
  /** Merchant numbers with a counter, and those that sell through the network. */
  stores: readonly number[];
  webShops: readonly number[];
  /** Merchant numbers per category and channel. */
  storesOf: Readonly<Record<Category, readonly number[]>>;
  webShopsOf: Readonly<Record<Category, readonly number[]>>;
}

export const FAVORITES = 8;
const MERCHANTS = 2000;
const WEB_SHARE = 0.25;

/** Share of merchants by category: at a counter, and in the network. */
const STORE_MIX = weights({
  grocery: 34,
  restaurant: 25,
  fuel: 12,
  pharmacy: 7,
  clothing: 10,
  travel: 5,
  electronics: 5,
  jewelry: 2,
});
const WEB_MIX = weights({
  subscription: 20,
  marketplace: 38,
  clothing: 12,
  gaming: 12,
  travel: 7,
  electronics: 8,
  "gift-card": 3,
});

/** Makes up the customers and merchants of one seed. */
export function createWorld(dice: Dice, customers: number): World {
  const column = <T>(length: number, value: () => T) => Array.from({ length }, value);
  const merchantCategory = new Uint8Array(MERCHANTS);
  const stores: number[] = [];
  const webShops: number[] = [];
  for (let merchant = 0; merchant < MERCHANTS; merchant++) {
    const web = merchant < MERCHANTS * WEB_SHARE;
    merchantCategory[merchant] = dice.pick(web ? WEB_MIX : STORE_MIX);
    (web ? webShops : stores).push(merchant);
  }

  const visits = column(customers, () => Math.max(1, Math.round(dice.logNormal(6, 0.6))));
  return {
    customers,
    cardIds: column(customers, () => 0).map((_, i) => `card-${String(i).padStart(6, "0")}`),
    typicalCents: Float64Array.from(column(customers, () => dice.logNormal(2800, 0.5))),
    nightOwl: Uint8Array.from(column(customers, () => (dice.chance(0.15) ? 1 : 0))),
    byActivity: Uint32Array.from(visits.flatMap((times, customer) => new Array<number>(times).fill(customer))),
    favorites: Uint16Array.from(column(customers * FAVORITES, () => dice.pick(stores))),
    favoriteKm10: Uint16Array.from(column(customers * FAVORITES, () => 2 + dice.exponential(40))),
    tripUntil: new Float64Array(customers),
    tripKm10: new Float64Array(customers),
    merchantIds: column(MERCHANTS, () => 0).map((_, i) => `shop-${String(i).padStart(4, "0")}`),
    merchantCategory,
    stores,
    webShops,
    storesOf: byCategory(stores, merchantCategory),
    webShopsOf: byCategory(webShops, merchantCategory),
  };
}

function weights(mix: Partial<Record<Category, number>>): Uint8Array {
  return Uint8Array.from(CATEGORIES.flatMap((name, i) => new Array<number>(mix[name] ?? 0).fill(i)));
}

function byCategory(merchants: readonly number[], category: Uint8Array): Record<Category, readonly number[]> {
  const of = (index: number) => merchants.filter((merchant) => category[merchant] === index);
  return Object.fromEntries(CATEGORIES.map((name, i) => [name, of(i)])) as unknown as Record<Category, number[]>;
}
