import { encodeEnvelope, isEnvelope } from "../../../shared/envelope";
import { decodeUtf8 } from "../../../shared/guards";
import type { ItemFailure, PublishBatch } from "../../../shared/ports";
import { envelopes, oversize, tooLong } from "../../ingest/events";
import { ADAPTER, MAX_ENVELOPE_BYTES, MAX_EVENT_BYTES } from "./limits";
import { partitionOf } from "./partition";

export interface PackOptions {
  /** Of the hub. */
  partitions: readonly string[];
  eventsPerMessage: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** What one partition of the hub gets, in order. */
export interface Lane {
  partition: string;
  messages: Uint8Array[];
  /** The events in each message, as indices of the batch. */
  events: (readonly number[])[];
}

/** A batch as lanes, one per partition, so that all events of a key are in one, in order. What can never be published is a failure. */
export function pack(batch: PublishBatch, options: PackOptions, failures: ItemFailure[]): Lane[] {
  const { keys, bodies } = batch;
  const { partitions, eventsPerMessage, now } = options;
  const ofPartition = new Map<number, number[]>();
  for (let index = 0; index < keys.length; index++) {
    if (tooLong(bodies[index]!, MAX_EVENT_BYTES)) {
      failures.push({ index, error: oversize(ADAPTER, MAX_EVENT_BYTES) });
      continue;
    }
    const partition = partitionOf(keys[index]!, partitions.length);
    const events = ofPartition.get(partition);
    if (events === undefined) ofPartition.set(partition, [index]);
    else events.push(index);
  }
  return Array.from(ofPartition, ([partition, events]): Lane => {
    const shared = [...envelopes(events, bodies, { maxEvents: eventsPerMessage, maxBytes: MAX_ENVELOPE_BYTES })];
    const messages = shared.map((indices) =>
      messageOf(
        indices.map((index) => bodies[index]!),
        now,
      ),
    );
    return { partition: partitions[partition]!, messages, events: shared };
  });
}

function messageOf(events: readonly (string | Uint8Array)[], now: number): Uint8Array {
  const [first] = events as [string | Uint8Array];
  const body = events.length === 1 && standsAlone(first) ? first : encodeEnvelope(events, now);
  return typeof body === "string" ? Buffer.from(body) : body;
}

/** Whether an event can be a message as it is: what looks like an envelope would be read as one, and text is what every consumer reads. */
function standsAlone(body: string | Uint8Array): boolean {
  return body.length > 0 && !isEnvelope(body) && (typeof body === "string" || decodeUtf8(body) !== undefined);
}
