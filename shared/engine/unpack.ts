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
  /** The earliest packing time, milliseconds since 1970. */
  publishedAt: number | undefined;
}

export function unpack({ messages }: Delivery): Unpacked {
  const unpacked: Unpacked = { events: [], firstOf: [], broken: undefined, publishedAt: undefined };
  const { events, firstOf } = unpacked;
  for (let message = 0; message < messages.length; message++) {
    const { body } = messages[message]!;
    firstOf.push(events.length);
    if (!isEnvelope(body)) {
      events.push(body);
      continue;
    }
    const envelope = decodeEnvelope(body);
    if (envelope === undefined) {
      unpacked.broken = (unpacked.broken ?? new Set()).add(events.length);
      events.push(body);
      continue;
    }
    for (const event of envelope.events) events.push(event);
    const { publishedAt } = envelope;
    if (publishedAt !== undefined) unpacked.publishedAt = Math.min(publishedAt, unpacked.publishedAt ?? publishedAt);
  }
  firstOf.push(events.length);
  return unpacked;
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
