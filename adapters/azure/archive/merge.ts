import type { ArchivedMessage } from "../../../shared/ports";

/** A message, and its number in the partition. */
export interface Sequenced {
  sequence: number;
  message: ArchivedMessage;
}

/** Messages in the order of their numbers. */
export interface Run {
  /** No message has a smaller number. */
  first: number;
  read(): AsyncGenerator<Sequenced>;
}

interface Head {
  next: Sequenced;
  rest: AsyncGenerator<Sequenced>;
}

/**
 * Messages of runs that overlap, in the order of their numbers, each once. Runs come in the order of their first messages;
 * one is read from when it may have the next message, so that only those are open that overlap there.
 */
export async function* merged(runs: AsyncIterator<Run>): AsyncGenerator<Sequenced> {
  const heads: Head[] = [];
  let waiting: Run | undefined = (await runs.next()).value;
  let last = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      let least = leastOf(heads);
      while (waiting !== undefined && (least === undefined || waiting.first <= least.next.sequence)) {
        const rest = waiting.read();
        const { value, done } = await rest.next();
        if (!done) heads.push({ next: value, rest });
        waiting = (await runs.next()).value;
        least = leastOf(heads);
      }
      if (least === undefined) return;
      if (least.next.sequence > last) yield least.next;
      last = Math.max(last, least.next.sequence);
      const { value, done } = await least.rest.next();
      if (done) heads.splice(heads.indexOf(least), 1);
      else least.next = value;
    }
  } finally {
    await Promise.all(heads.map(({ rest }) => rest.return(undefined)));
  }
}

function leastOf(heads: readonly Head[]): Head | undefined {
  let least: Head | undefined;
  for (const head of heads) if (least === undefined || head.next.sequence < least.next.sequence) least = head;
  return least;
}
