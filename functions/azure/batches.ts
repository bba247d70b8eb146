import type { EventHubsTrigger } from "../../adapters/azure/preprocess";
import type { BatchOutcome, Delivery } from "../../shared/delivery";
import type { Preprocess } from "../../shared/ports";
import type { Guard } from "./guard";
import { createNotes, type Note } from "./notes";

/** What the host calls, with messages of one partition. Returns when all are done; throws to hand them back. */
export type Handler = (messages: unknown, context: EventHubsTrigger["context"]) => Promise<void>;

export interface BatchesOptions {
  preprocess: Preprocess<EventHubsTrigger, void>;
  guard: Guard;
  /** Keeps all messages of a batch, whatever becomes of their events. */
  archive?: ((delivery: Delivery) => Promise<void>) | undefined;
  /** Aborts when the host ends the process. */
  signal?: AbortSignal | undefined;
}

/**
 * Each batch through the pipeline and, at the same time, into the archive. It is done when both are; what is done already
 * is not done again when it comes back.
 */
export function createBatches({ preprocess, guard, archive, signal }: BatchesOptions): Handler {
  const notes = createNotes();

  async function processed(delivery: Delivery, note: Note): Promise<BatchOutcome> {
    if (note.outcome !== undefined) return note.outcome;
    const outcome = await guard.process(delivery, note.handedBack);
    if (outcome.firstRetry === -1) note.outcome = outcome;
    return outcome;
  }

  async function archived(delivery: Delivery, note: Note): Promise<void> {
    if (archive === undefined || note.archived) return;
    // A batch that comes back may be without the messages that are done: they belong into the archive all the same.
    await archive({ ...delivery, messages: note.messages });
    note.archived = true;
  }

  return async (messages, context) => {
    const delivery = preprocess.receive({ messages, context, signal });
    const note = notes.of(delivery);
    try {
      const [processing, archiving] = await Promise.allSettled([processed(delivery, note), archived(delivery, note)]);
      if (processing.status === "rejected") throw processing.reason;
      if (processing.value.firstRetry === -1 && archiving.status === "rejected") throw archiving.reason;
      preprocess.answer(delivery, processing.value);
      notes.forget(delivery);
    } finally {
      note.handedBack = true;
    }
  };
}
