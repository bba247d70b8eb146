/** What merchants sell. The order is part of the events' contract: append, do not sort. */
export const CATEGORIES = [
  "grocery",
  "restaurant",
  "fuel",
  "pharmacy",
  "clothing",
  "travel",
  "subscription",
  "marketplace",
  "electronics",
  "jewelry",
  "gaming",
  "gift-card",
] as const;

export type Category = (typeof CATEGORIES)[number];

/** How easily goods of a category turn into money, from 0 to 5: an ordinal that a tree can split. */
export const CATEGORY_RISK: Readonly<Record<Category, number>> = {
  grocery: 0,
  restaurant: 0,
  fuel: 1,
  pharmacy: 0,
  clothing: 1,
  travel: 3,
  subscription: 1,
  marketplace: 2,
  electronics: 4,
  jewelry: 4,
  gaming: 3,
  "gift-card": 5,
};
