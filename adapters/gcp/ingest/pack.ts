import { encodeEnvelope } from "../../../shared/envelope";
import { partitionOf } from "../../../shared/hash";
import type { ItemFailure, PublishBatch } from "../../../shared/ports";
import { type EnvelopeLimits, envelopes, oversize, tooLong } from "../../ingest/events";
import { ADAPTER, MAX_EVENT_BYTES, MAX_MESSAGES_PER_REQUEST, REQUEST_BYTES } from "./limits";

export interface PackOptions extends EnvelopeLimits {
  /** Most lanes. */
  lanes: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** What goes out at once, and is taken as a whole or not at all. */
export interface Request {
  /** An envelope per message. */
  messages: Uint8Array[];
  /** The events in them, as indices of the batch. */
  events: number[];
}

/**
 * A batch as lanes of requests. All events of a key are in one lane, in order: where a lane stops at a request that fails,
 * none of a key's later events is accepted before an earlier one. A batch that fits one request is one lane. What can never
 * be published is a failure. A request is made when it is asked for, so that few are in memory at a time.
 */
export function pack(batch: PublishBatch, options: PackOptions, failures: ItemFailure[]): Iterable<Request>[] {
  const { keys, bodies } = batch;
  const fit: number[] = [];
  let bytes = 0;
  for (let index = 0; index < keys.length; index++) {
    const body = bodies[index]!;
    if (tooLong(body, MAX_EVENT_BYTES)) failures.push({ index, error: oversize(ADAPTER, MAX_EVENT_BYTES) });
    else {
      fit.push(index);
      bytes += Buffer.byteLength(body);
    }
  }
  const count = Math.min(options.lanes, Math.max(1, Math.ceil(bytes / REQUEST_BYTES)));
  const lanes = Array.from({ length: count }, (): number[] => []);
  for (const index of fit) lanes[partitionOf(keys[index]!, count)]!.push(index);
  return lanes.filter(({ length }) => length > 0).map((events) => requests(events, bodies, options));
}

function* requests(events: readonly number[], bodies: PublishBatch["bodies"], options: PackOptions): Iterable<Request> {
  let held: Request = { messages: [], events: [] };
  let heldBytes = 0;
  for (const envelope of envelopes(events, bodies, options)) {
    const message = Buffer.from(
      encodeEnvelope(
        envelope.map((index) => bodies[index]!),
        options.now,
      ),
    );
    const full = held.messages.length === MAX_MESSAGES_PER_REQUEST || heldBytes + message.length > REQUEST_BYTES;
    if (full && held.messages.length > 0) {
      yield held;
      held = { messages: [], events: [] };
      heldBytes = 0;
    }
    held.messages.push(message);
    for (const index of envelope) held.events.push(index);
    heldBytes += message.length;
  }
  if (held.messages.length > 0) yield held;
}
