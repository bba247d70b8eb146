import { CATEGORIES, type Category } from "./categories";
import type { Dice } from "./dice";
import { FAVORITES, type World } from "./world";

/** One purchase, before it becomes text. The generator fills the same object again and again. */
export interface Purchase {
  customer: number;
  merchant: number;
  cents: number;
  /** Milliseconds since 1970. */
  at: number;
  /** Distance from the card holder's home, tenths of a kilometer. */
  km10: number;
  foreign: boolean;
  cardPresent: boolean;
  fraud: boolean;
}

/** Half of the Earth's circumference: nothing is further away. */
export const MAX_KM10 = 200_370;
const DAY = 86_400_000;

/** Median price by category, as a multiple of what the customer usually spends. */
const PRICE: Readonly<Record<Category, number>> = {
  grocery: 0.9,
  restaurant: 0.7,
  fuel: 1.2,
  pharmacy: 0.5,
  clothing: 1.5,
  travel: 5,
  subscription: 0.35,
  marketplace: 1,
  electronics: 4,
  jewelry: 5,
  gaming: 0.4,
  "gift-card": 1.2,
};
const PRICE_BY_INDEX = Float64Array.from(CATEGORIES, (name) => PRICE[name]);

/** How people shop when nobody else uses their card. Parts of it look like fraud: journeys, VPNs, night owls, large purchases. */
export function createShopping(dice: Dice, world: World): (purchase: Purchase, at: number, hour: number) => void {
  const { random, chance, exponential, logNormal } = dice;
  const customerAt = (hour: number) => {
    const customer = dice.pick(world.byActivity);
    // At night most draws are given a second chance to be somebody who is awake.
    return hour >= 6 || world.nightOwl[customer] === 1 ? customer : dice.pick(world.byActivity);
  };

  return function shop(purchase, at, hour) {
    const customer = customerAt(hour);
    const travelling = at < world.tripUntil[customer]!;
    purchase.customer = customer;
    purchase.at = at;
    purchase.fraud = false;

    if (random() < 0.27) {
      purchase.merchant = dice.pick(world.webShops);
      purchase.cardPresent = false;
      purchase.foreign = chance(0.14);
      purchase.km10 = travelling ? world.tripKm10[customer]! : chance(0.06) ? logNormal(4000, 1) : exponential(35);
    } else if (travelling) {
      purchase.merchant = dice.pick(world.stores);
      purchase.cardPresent = chance(0.97);
      purchase.foreign = world.tripKm10[customer]! > 6000;
      purchase.km10 = world.tripKm10[customer]! + exponential(100);
    } else {
      const favorite = customer * FAVORITES + ((random() * FAVORITES) | 0);
      const usual = random() < 0.8;
      purchase.merchant = usual ? world.favorites[favorite]! : dice.pick(world.stores);
      purchase.cardPresent = chance(0.97);
      purchase.foreign = false;
      purchase.km10 = usual ? world.favoriteKm10[favorite]! : 5 + exponential(160);
      if (random() < 0.003) leave(customer, at);
    }
    const price = world.typicalCents[customer]! * PRICE_BY_INDEX[world.merchantCategory[purchase.merchant]!]!;
    purchase.cents = logNormal(price, 0.6);
  };

  function leave(customer: number, at: number): void {
    world.tripUntil[customer] = at + dice.between(1, 9) * DAY;
    world.tripKm10[customer] = Math.min(MAX_KM10, logNormal(5000, 1.3));
  }
}
