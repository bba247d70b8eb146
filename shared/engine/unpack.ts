import type { Delivery } from "../delivery";
import { decodeEnvelope, isEnvelope } from "../envelope";

/** A delivery's events in order, whatever the messages that carried them. */
export interface Unpacked {
  /** Text, or bytes where the message is one event (decoded when its turn comes, so that the text dies young) or is not UTF-8. */
  events: (string | Uint8Array)[];
  /** First event of each message; one more entry at the end. */
  firstOf: number[];
  /** Messages that claim to be envelopes and are not whole; each stands as one event, its own bytes. */
  broken: Set<number> | undefined;
  /** The earliest time of packing, or of arrival where a message says no other, milliseconds since 1970. */
  publishedAt: number | undefined;
}

export function unpack({ messages }: Delivery): Unpacked {
  const unpacked: Unpacked = { events: [], firstOf: [], broken: undefined, publishedAt: undefined };
  const { events, firstOf } = unpacked;
  for (let message = 0; message < messages.length; message++) {
    const { body, arrivedAt } = messages[message]!;
    firstOf.push(events.length);
    if (!isEnvelope(body)) {
      events.push(body);
      startedAt(unpacked, arrivedAt);
      continue;
    }
    const envelope = decodeEnvelope(body);
    if (envelope === undefined) {
      unpacked.broken = (unpacked.broken ?? new Set()).add(events.length);
      events.push(body);
      startedAt(unpacked, arrivedAt);
      continue;
    }
    for (const event of envelope.events) events.push(event);
    startedAt(unpacked, envelope.publishedAt ?? arrivedAt);
  }
  firstOf.push(events.length);
  return unpacked;
}

function startedAt(unpacked: Unpacked, at: number | undefined): void {
  if (at !== undefined && (unpacked.publishedAt === undefined || at < unpacked.publishedAt)) unpacked.publishedAt = at;
}

/** The message that carried an event. */
export function messageOf({ firstOf }: Unpacked, event: number): number {
  let low = 0;
  let high = firstOf.length - 1;
  // The last message that starts at or before the event: an envelope without events starts where the next one does.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (firstOf[middle]! <= event) low = middle;
    else high = middle;
  }
  return low;
}
