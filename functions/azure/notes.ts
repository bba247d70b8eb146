import type { BatchOutcome, Delivery, Message } from "../../shared/delivery";

/** What this process knows of a batch that it has handed back. */
export interface Note {
  /** All that the batch had when it first came. */
  messages: readonly Message[];
  /** Whether this process has handed it back, and not another that ended. */
  handedBack: boolean;
  /** Set once all its messages are done. */
  outcome: BatchOutcome | undefined;
  archived: boolean;
}

export interface Notes {
  /** The batch's note: the one that is there, or a new one. */
  of(delivery: Delivery): Note;
  forget(delivery: Delivery): void;
}

/** One note per partition: while one of its batches is not done, the host brings no other. */
export function createNotes(): Notes {
  const notes = new Map<string, Note>();
  return {
    of(delivery) {
      const { partition, messages, attempt } = delivery;
      const known = notes.get(partition);
      if (attempt > 1 && known !== undefined && lastOf(known) === lastOf(delivery)) return known;
      const note: Note = { messages, handedBack: false, outcome: undefined, archived: false };
      notes.set(partition, note);
      return note;
    },
    forget: ({ partition }) => void notes.delete(partition),
  };
}

/** A batch comes back with the same end: its beginning may be done by then. */
function lastOf({ messages }: Pick<Delivery, "messages">): string | undefined {
  return messages.at(-1)?.offset;
}
