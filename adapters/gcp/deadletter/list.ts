import type { DeadLetter } from "../../../shared/deadletter";
import type { DeadLetterFilter } from "../../../shared/ports";
import type { Hold } from "./hold";
import { bytesOf, isEarlier, type Lease } from "./leases";

/** Events that are in memory to be sorted. */
export const MAX_SORTED_BYTES = 64 * 1024 * 1024;

/** Ids that are remembered, some 15 MB of them: where more messages are listed, a letter that is there twice may come twice. */
const MOST_REMEMBERED = 100_000;

export interface Listing {
  filter: DeadLetterFilter;
  /** Messages that are sorted together. */
  maxPull: number;
  /** Takes in messages, alone. */
  gather: Hold["gather"];
  signal: AbortSignal | undefined;
}

/**
 * Letters that match, oldest first. A subscription is in no order, so all that it has is taken in hand before the first one
 * is given, up to the bounds; what is beyond them follows in portions, each in its own order.
 */
export async function* listLetters(
  hold: Hold,
  { filter, maxPull, gather, signal }: Listing,
): AsyncGenerator<DeadLetter> {
  const inHand = new Set<Lease>();
  const given = new Set<string>();
  let left = filter.limit;
  try {
    for (let isLast = false; !isLast; ) {
      const portion: Lease[] = [];
      let bytes = 0;
      isLast = await gather({
        into: inHand,
        each: (lease) => {
          portion.push(lease);
          bytes += bytesOf(lease);
        },
        isEnough: () => portion.length >= maxPull || bytes >= MAX_SORTED_BYTES,
        signal,
      });
      for (const letter of sorted(portion, filter)) {
        if (given.has(letter.id)) continue;
        if (given.size < MOST_REMEMBERED) given.add(letter.id);
        await hold.renew(inHand, signal);
        yield letter;
        if (--left <= 0) return;
      }
      for (const lease of portion) lease.letters = undefined;
    }
  } finally {
    await hold.giveBack(inHand);
  }
}

/** Each letter once: the one that was there first. */
function sorted(leases: readonly Lease[], { code, from }: DeadLetterFilter): DeadLetter[] {
  const first = new Map<string, { letter: DeadLetter; lease: Lease }>();
  for (const lease of leases)
    for (const letter of lease.letters ?? []) {
      const other = first.get(letter.id);
      if (!other || isEarlier(lease, other.lease)) first.set(letter.id, { letter, lease });
    }
  return [...first.values()]
    .map(({ letter }) => letter)
    .filter((letter) => (code === undefined || letter.code === code) && (from === undefined || letter.failedAt >= from))
    .sort((a, b) => a.failedAt - b.failedAt);
}
