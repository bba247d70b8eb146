import { decodeUtf8 } from "../../../shared/guards";
import type { ArchivedMessage, ArchiveQuery } from "../../../shared/ports";

/** Messages of one object that are in memory to be sorted. */
const MAX_SORTED_BYTES = 64 * 1024 * 1024;

/** What a message takes in memory beside its body. */
const MESSAGE_BYTES = 500;

/** Messages in the order of their publication. */
export interface Sorter {
  add(record: unknown): void;
  /** More would not fit: `take` them. */
  isFull(): boolean;
  /** What was added, and starts another partition. */
  take(): ArchivedMessage[];
}

/**
 * An object holds messages in the order in which they were written. Sorted, it is one partition; one that is too large to be
 * sorted at once is several, `<name>#2` and so on, each for itself in order.
 */
export function createSorter(name: string, { from, to }: ArchiveQuery): Sorter {
  let held = new Map<string, ArchivedMessage>();
  let bytes = 0;
  let partitions = 1;

  return {
    add(record) {
      const message = messageOf(record, partitions === 1 ? name : `${name}#${partitions}`);
      if ((from !== undefined && message.acceptedAt < from) || (to !== undefined && message.acceptedAt >= to)) return;
      // A subscription writes at least once, at times within one object.
      if (held.has(message.offset)) return;
      held.set(message.offset, message);
      bytes += message.body.length + MESSAGE_BYTES;
    },
    isFull: () => bytes >= MAX_SORTED_BYTES,
    take() {
      const messages = [...held.values()].sort((a, b) => a.acceptedAt - b.acceptedAt);
      held = new Map();
      bytes = 0;
      partitions++;
      return messages;
    },
  };
}

function messageOf(record: unknown, partition: string): ArchivedMessage {
  const { message_id: offset, publish_time: micros, data } = record as Record<string, unknown>;
  if (typeof offset !== "string" || typeof micros !== "number" || !(data instanceof Uint8Array))
    throw new Error("it lacks message ids or times: the subscription must write metadata");
  return {
    // Copied: otherwise a short message would keep its whole block in memory.
    body: decodeUtf8(data) ?? Buffer.from(data),
    partition,
    offset,
    acceptedAt: Math.floor(micros / 1_000),
  };
}
