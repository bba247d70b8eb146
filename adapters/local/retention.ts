import type { CallOptions } from "../../shared/ports";
import { cancelled } from "./cancelled";
import { checkpoints } from "./sqlite/checkpoints";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { trim } from "./sqlite/log";

export interface RetainOptions extends CallOptions {
  /** Messages younger than this stay, milliseconds. */
  olderThanMs: number;
}

export interface Retained {
  messages: number;
  events: number;
}

/** Messages deleted per transaction: short enough that a producer does not notice. */
const CHUNK = 500;

/**
 * Deletes log messages that are old and that every consumer group has processed; with no group at all, none.
 * The space is used again by what comes next; the files do not shrink.
 */
export async function retain(files: Files, { olderThanMs, signal }: RetainOptions): Promise<Retained> {
  const before = files.clock.now() - olderThanMs;
  const sum: Retained = { messages: 0, events: 0 };
  for (let partition = 0; partition < files.partitions; partition++) {
    const log = files.log(partition);
    try {
      // Checkpoints only grow, so one that is read first is still right when the messages go.
      const positions = checkpoints(files.store(partition)).map((checkpoint) => checkpoint.position);
      const through = positions.length === 0 ? 0 : Math.min(...positions);
      for (let deleted = CHUNK; deleted === CHUNK; ) {
        if (signal?.aborted) throw cancelled("archive", "local/log");
        const chunk = trim(log, before, through, CHUNK);
        deleted = chunk.messages;
        sum.messages += chunk.messages;
        sum.events += chunk.events;
        // Lets the rest of the program run between two transactions.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (thrown) {
      throw sqliteError(thrown, { stage: "archive", adapter: "local/log", file: log.file });
    }
  }
  return sum;
}
