import type { DeadLetter } from "../../../shared/deadletter";

/** A message that is ours for a while: nobody else is given it. */
export interface Lease {
  ackId: string;
  messageId: string;
  /** Milliseconds since 1970. */
  publishedAt: number;
  /** Whether the platform put it there. */
  forwarded: boolean;
  /** Ids of its letters. */
  ids: readonly string[];
  /** The letters, unless there was no room to keep them. */
  letters: readonly DeadLetter[] | undefined;
  /** When it ends, on the monotonic clock. */
  until: number;
}

/** The messages that this process holds, by what is asked of them. */
export interface Leases {
  add(lease: Lease): void;
  remove(leases: Iterable<Lease>): void;
  has(lease: Lease): boolean;
  /** Those that hold a letter of this id, and are not about to end. */
  of(id: string, now: number): Lease[];
}

/** A lease this close to its end may be over when the service hears of it. */
const MARGIN_MS = 2_000;

export function createLeases(): Leases {
  const byMessage = new Map<string, Lease>();
  const byId = new Map<string, Set<Lease>>();

  const drop = (lease: Lease) => {
    if (byMessage.get(lease.messageId) === lease) byMessage.delete(lease.messageId);
    for (const id of lease.ids) {
      const holders = byId.get(id);
      holders?.delete(lease);
      if (holders?.size === 0) byId.delete(id);
    }
  };

  return {
    add(lease) {
      // One that ended comes again, with another id for its acknowledgment.
      const before = byMessage.get(lease.messageId);
      if (before) drop(before);
      byMessage.set(lease.messageId, lease);
      for (const id of lease.ids) {
        const holders = byId.get(id);
        if (holders) holders.add(lease);
        else byId.set(id, new Set([lease]));
      }
    },
    remove(leases) {
      for (const lease of leases) drop(lease);
    },
    has: (lease) => byMessage.get(lease.messageId) === lease,
    of: (id, now) => [...(byId.get(id) ?? [])].filter(({ until }) => until - MARGIN_MS > now),
  };
}

/** Of two messages with the same letter, whether the first one was there before. */
export function isEarlier(a: Lease, b: Lease): boolean {
  if (a.publishedAt !== b.publishedAt) return a.publishedAt < b.publishedAt;
  // Ids are numbers that mostly grow.
  if (a.messageId.length !== b.messageId.length) return a.messageId.length < b.messageId.length;
  return a.messageId < b.messageId;
}

/** Bytes of the letters that are kept, as far as they are the events'. */
export function bytesOf({ letters = [] }: Lease): number {
  return letters.reduce((sum, { body }) => sum + body.length + LETTER_BYTES, 0);
}

/** What a letter takes in memory beside its event. */
const LETTER_BYTES = 1_000;
