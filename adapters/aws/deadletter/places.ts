/** Where letters were seen last, by the part of the key that stands for their id. */
export interface Places {
  /** Keys of letters of ours. */
  own: Map<string, string>;
  /** Keys of on-failure objects that hold them among others. */
  given: Map<string, string>;
}

/** Some 30 MB of keys; what is forgotten is found again by listing. */
const MOST_REMEMBERED = 100_000;

export function createPlaces(): Places {
  return { own: new Map(), given: new Map() };
}

/** Remembers one more; the one that was remembered first makes room. */
export function remember<Value>(places: Map<string, Value>, id: string, value: Value): void {
  if (places.size >= MOST_REMEMBERED && !places.has(id)) {
    const [oldest] = places.keys();
    if (oldest !== undefined) places.delete(oldest);
  }
  places.set(id, value);
}
