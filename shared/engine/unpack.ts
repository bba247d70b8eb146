import type { Delivery } from "../delivery";
import { decodeEnvelope, isEnvelope } from "../envelope";

/** A delivery's events in order, whatever the messages that carried them. */
export interface Unpacked {
  /** Text, or bytes where the message is one event (decoded when its turn comes, so that the text dies young) or is not UTF-8. */
  events: (string | Uint8Array)[];
  /** Message of each event. */
  messageOf: number[];
  /** First event of each message; one more entry at the end. */
  firstOf: number[];
  /** Messages that claim to be envelopes and are not whole; each stands as one event, its own bytes. */
  broken: Set<number> | undefined;
  /** The earliest packing time, milliseconds since 1970. */
  publishedAt: number | undefined;
}

export function unpack({ messages }: Delivery): Unpacked {
  const unpacked: Unpacked = { events: [], messageOf: [], firstOf: [], broken: undefined, publishedAt: undefined };
  const { events, messageOf, firstOf } = unpacked;
  for (let message = 0; message < messages.length; message++) {
    const { body } = messages[message]!;
    firstOf.push(events.length);
    const envelope = isEnvelope(body) ? decodeEnvelope(body) : undefined;
    if (envelope === undefined) {
      if (isEnvelope(body)) unpacked.broken = (unpacked.broken ?? new Set()).add(events.length);
      events.push(body);
      messageOf.push(message);
      continue;
    }
    for (const event of envelope.events) {
      events.push(event);
      messageOf.push(message);
    }
    const { publishedAt } = envelope;
    if (publishedAt !== undefined) unpacked.publishedAt = Math.min(publishedAt, unpacked.publishedAt ?? publishedAt);
  }
  firstOf.push(events.length);
  return unpacked;
}
