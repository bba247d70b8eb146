import type { Delivery, Message } from "../../../shared/delivery";

/** What of the batches that were handed back is done already. The host knows no such thing: it brings the whole batch again. */
export interface Done {
  /** How many of a batch's first messages are done. */
  of(place: string, messages: readonly Message[]): number;
  /** All before this message are done, of a batch that goes back. */
  before(delivery: Delivery, index: number): void;
  /** The batch is done, and does not come again. */
  all(delivery: Delivery): void;
}

/** One entry per partition: while one of its batches is not done, the host brings no other. */
export function createDone(): Done {
  const batches = new Map<string, { next: string; last: string }>();
  return {
    of(place, messages) {
      const batch = batches.get(place);
      if (batch === undefined || messages.at(-1)?.offset !== batch.last) return 0;
      return Math.max(
        0,
        messages.findIndex(({ offset }) => offset === batch.next),
      );
    },
    before(delivery, index) {
      const [next, last] = [delivery.messages[index]?.offset ?? "", delivery.messages.at(-1)?.offset ?? ""];
      // A message without a number could be mistaken for another.
      if (next === "" || last === "") batches.delete(placeOf(delivery));
      else batches.set(placeOf(delivery), { next, last });
    },
    all: (delivery) => void batches.delete(placeOf(delivery)),
  };
}

export function placeOf({ source, partition }: Pick<Delivery, "source" | "partition">): string {
  return `${source}/${partition}`;
}
