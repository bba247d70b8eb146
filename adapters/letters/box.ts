import type { Objects } from "../objects";

/** Dead letters as objects, one each. */
export interface LetterBox {
  objects: Objects;
  /** Of our letters. */
  prefix: string;
  /** Where letters of ours were seen last: keys by the part of them that stands for the id. */
  own: Map<string, string>;
  onUnreadable(key: string, why: string): void;
}

/** Some 30 MB of keys; what is forgotten is found again by listing. */
const MOST_REMEMBERED = 100_000;

/** Remembers one more; the one that was remembered first makes room. */
export function remember<Value>(places: Map<string, Value>, id: string, value: Value): void {
  if (places.size >= MOST_REMEMBERED && !places.has(id)) {
    const [oldest] = places.keys();
    if (oldest !== undefined) places.delete(oldest);
  }
  places.set(id, value);
}
