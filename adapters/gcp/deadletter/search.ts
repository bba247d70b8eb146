import type { DeadLetter } from "../../../shared/deadletter";
import type { Hold } from "./hold";
import { bytesOf, isEarlier, type Lease } from "./leases";
import { MAX_SORTED_BYTES } from "./list";
import type { Lock } from "./lock";

/** Finds letters by id, for which a subscription has to be taken in hand as a whole. */
export interface Search {
  get(id: string, signal: AbortSignal | undefined): Promise<DeadLetter | undefined>;
  /** Gives back what earlier searches have in hand. Call it alone. */
  release(): Promise<void>;
}

/**
 * What a search has taken in hand stays there until the leases end or something else needs it: whoever asks for one letter
 * asks for the next, and takes them after that.
 */
export function createSearch(hold: Hold, lock: Lock): Search {
  const inHand = new Set<Lease>();
  const wanted = new Set<string>();
  let begun = 0;
  let complete = 0;

  const release = () => hold.giveBack(inHand);
  const sweep = async (signal: AbortSignal | undefined) => {
    await release();
    const number = ++begun;
    let bytes = 0;
    const each = (lease: Lease) => {
      if (lease.ids.some((id) => wanted.has(id))) return;
      bytes += bytesOf(lease);
      if (bytes > MAX_SORTED_BYTES) lease.letters = undefined;
    };
    try {
      await hold.gather({ into: inHand, each, signal });
      complete = number;
    } catch (thrown) {
      await release();
      throw thrown;
    }
  };

  return {
    release,

    async get(id, signal) {
      const before = begun;
      wanted.add(id);
      try {
        return await lock(async () => {
          // Another one's search may have found it meanwhile, or found that it is not there.
          const known = letterOf(hold, id);
          if (known || (complete > before && hold.find(id).length === 0)) return known;
          await sweep(signal);
          return letterOf(hold, id);
        });
      } finally {
        wanted.delete(id);
      }
    },
  };
}

function letterOf(hold: Hold, id: string): DeadLetter | undefined {
  const [first, ...others] = hold.find(id).filter(({ letters }) => letters !== undefined);
  const lease = first && others.reduce((a, b) => (isEarlier(b, a) ? b : a), first);
  return lease?.letters?.find((letter) => letter.id === id);
}
