import type { DeadLetter } from "../../../shared/deadletter";
import type { Hold } from "./hold";
import type { Lease } from "./leases";

/** Takes letters out, in all their copies. `put` makes letters durable. Returns how many there were. */
export async function takeLetters(
  hold: Hold,
  letterIds: readonly string[],
  put: (letters: readonly DeadLetter[]) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const ids = new Set(letterIds);
  const found = new Set<Lease>();
  try {
    await gatherMissing(hold, ids, found, signal);
    const taken = [...ids].filter((id) => hold.find(id).length > 0);
    const doomed = [...new Set(taken.flatMap(hold.find))];
    // A message is all or nothing, so what stays of it becomes letters of our own before it goes.
    const rest = doomed.filter(({ forwarded }) => forwarded).flatMap(({ letters = [] }) => letters);
    await put(rest.filter(({ id }) => !ids.has(id)));
    await hold.take(doomed, signal);
    return taken.length;
  } finally {
    await hold.giveBack(found);
  }
}

/** Takes in hand what is not, but for what a list of ours has: all of that is there already. */
async function gatherMissing(
  hold: Hold,
  ids: ReadonlySet<string>,
  into: Set<Lease>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isWanted = (lease: Lease) => lease.ids.some((id) => ids.has(id));
  // Messages whose letters were not kept have to come again, because some of these letters will stay.
  const unread = [...ids].flatMap(hold.find).filter(({ forwarded, letters }) => forwarded && letters === undefined);
  await hold.giveBack(new Set(unread));
  if ([...ids].every((id) => hold.find(id).length > 0)) return;
  const each = (lease: Lease) => {
    if (!lease.forwarded || !isWanted(lease)) lease.letters = undefined;
  };
  await hold.gather({ into, each, signal });
}
