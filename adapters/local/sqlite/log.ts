import { encodeEnvelope } from "../../../shared/envelope";
import type { Db } from "./database";

/** Events of one partition, with the number their producer gave them. */
export interface Appending {
  bodies: readonly (string | Uint8Array)[];
  /** Aligned with the bodies; undefined without a producer. Ascending. */
  sequences: readonly number[] | undefined;
  producer: string | undefined;
}

export interface LogRow {
  position: number;
  count: number;
  /** Events up to and with this message. */
  total: number;
  appendedAt: number;
  body: Uint8Array;
}

export interface PackingLimits {
  maxEventsPerMessage: number;
  /** Not exceeded unless a single event is longer. */
  maxMessageBytes: number;
}

/**
 * Appends in one transaction with the producer's next number, so that a repeated append adds nothing.
 * Returns how many events were already there.
 */
export function append(log: Db, events: Appending, limits: PackingLimits, now: number): number {
  return log.write(() => {
    const head = log.prepare("SELECT position, total, appended_at FROM head").get() as unknown as Head;
    const skipped = alreadyAppended(log, events);
    const fresh = skipped === 0 ? events.bodies : events.bodies.slice(skipped);
    if (fresh.length === 0) return skipped;

    const insert = log.prepare("INSERT INTO log (position, count, total, appended_at, body) VALUES (?, ?, ?, ?, ?)");
    // The wall clock may jump back; times in the log never do, so that reading by time can stop early.
    const appendedAt = Math.max(now, head.appended_at);
    let { position, total } = head;
    for (const message of messages(fresh, limits)) {
      total += message.length;
      insert.run(++position, message.length, total, appendedAt, Buffer.from(encodeEnvelope(message, appendedAt)));
    }
    log.prepare("UPDATE head SET position = ?, total = ?, appended_at = ?").run(position, total, appendedAt);
    if (events.producer !== undefined) {
      const next = (events.sequences?.at(-1) ?? 0) + 1;
      log
        .prepare(
          "INSERT INTO producers (producer, next_sequence) VALUES (?, ?) ON CONFLICT DO UPDATE SET next_sequence = excluded.next_sequence",
        )
        .run(events.producer, next);
    }
    return skipped;
  });
}

interface Head {
  position: number;
  total: number;
  appended_at: number;
}

/** Where the log ends: the last position given out, and the events up to it. */
export function head(log: Db): { position: number; total: number } {
  const row = log.prepare("SELECT position, total FROM head").get() as unknown as Head;
  return { position: row.position, total: row.total };
}

/**
 * The next messages after a position: at most `maxEvents` events, but at least one message; none beyond `last`.
 * Whole at once: no read transaction stays open, which would keep the write-ahead log from shrinking.
 */
export function readAfter(log: Db, position: number, last: number, maxEvents: number): LogRow[] {
  const rows: LogRow[] = [];
  const sql =
    "SELECT position, count, total, appended_at AS appendedAt, body FROM log WHERE position > ? AND position <= ? ORDER BY position";
  let events = 0;
  // Leaving the loop resets the statement.
  for (const row of log.prepare(sql).iterate(position, last)) {
    const message = row as unknown as LogRow;
    events += message.count;
    if (rows.length > 0 && events > maxEvents) break;
    rows.push(message);
    if (events >= maxEvents) break;
  }
  return rows;
}

/** The next messages after a position that were appended at or after `from`. */
export function readSince(log: Db, position: number, from: number, limit: number): LogRow[] {
  const sql =
    "SELECT position, count, total, appended_at AS appendedAt, body FROM log WHERE position > ? AND appended_at >= ? ORDER BY position LIMIT ?";
  return log.prepare(sql).all(position, from, limit) as unknown as LogRow[];
}

/** Deletes up to `limit` messages that are both old and behind `through`. Returns what it deleted. */
export function trim(log: Db, before: number, through: number, limit: number): { messages: number; events: number } {
  return log.write(() => {
    const sql = "SELECT position, count FROM log WHERE position <= ? AND appended_at < ? ORDER BY position LIMIT ?";
    const rows = log.prepare(sql).all(through, before, limit) as unknown as LogRow[];
    const last = rows.at(-1);
    if (!last) return { messages: 0, events: 0 };
    log.prepare("DELETE FROM log WHERE position <= ?").run(last.position);
    return { messages: rows.length, events: rows.reduce((sum, row) => sum + row.count, 0) };
  });
}

function alreadyAppended(log: Db, { producer, sequences }: Appending): number {
  if (producer === undefined || !sequences) return 0;
  const next = log.prepare("SELECT next_sequence AS next FROM producers WHERE producer = ?").get(producer)?.["next"];
  if (typeof next !== "number") return 0;
  const fresh = sequences.findIndex((sequence) => sequence >= next);
  return fresh === -1 ? sequences.length : fresh;
}

function* messages(bodies: Appending["bodies"], limits: PackingLimits): Generator<Appending["bodies"]> {
  let from = 0;
  let bytes = 0;
  for (const [i, body] of bodies.entries()) {
    const full = i - from >= limits.maxEventsPerMessage || (i > from && bytes + body.length > limits.maxMessageBytes);
    if (full) {
      yield bodies.slice(from, i);
      from = i;
      bytes = 0;
    }
    bytes += body.length;
  }
  if (from < bodies.length) yield bodies.slice(from);
}
