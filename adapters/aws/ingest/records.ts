import { encodeEnvelope, isEnvelope } from "../../../shared/envelope";
import { SluiceError } from "../../../shared/errors";
import { decodeUtf8 } from "../../../shared/guards";
import { partitionOf } from "../../../shared/hash";
import type { ItemFailure, PublishBatch } from "../../../shared/ports";
import { envelopes, oversize, tooLong } from "../../ingest/events";
import { ADAPTER, MAX_EVENT_BYTES, MAX_KEY_CHARS } from "./limits";

/** What goes into the stream, column by column. */
export interface Records {
  /** Partition key per record. */
  keys: string[];
  data: Uint8Array[];
  /** Record `r` carries the events `events[firstOf[r]]` to `events[firstOf[r + 1] - 1]`, indices of the batch. */
  events: number[];
  firstOf: number[];
}

export interface PackOptions {
  eventsPerRecord: number;
  lanes: number;
  /** Milliseconds since 1970. */
  now: number;
}

/** Longest envelope: one record stays a small part of what a function takes at once (6 MB), whatever the events. */
const MAX_ENVELOPE_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

/** A batch as records in order; what can never be one is a failure. */
export function pack(batch: PublishBatch, options: PackOptions, failures: ItemFailure[]): Records {
  const { keys, bodies } = batch;
  if (keys.length !== bodies.length) throw new RangeError(`${keys.length} keys for ${bodies.length} events`);
  const records: Records = { keys: [], data: [], events: [], firstOf: [0] };
  if (options.eventsPerRecord > 1) packLanes(batch, options, records, failures);
  else packEach(batch, options.now, records, failures);
  return records;
}

function packEach({ keys, bodies }: PublishBatch, now: number, records: Records, failures: ItemFailure[]): void {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    const body = bodies[index]!;
    if (!isPartitionKey(key)) failures.push({ index, error: unfitKey() });
    else if (tooLong(body, MAX_EVENT_BYTES)) failures.push({ index, error: oversize(ADAPTER, MAX_EVENT_BYTES) });
    else {
      records.events.push(index);
      close(records, key, bytesOf(standsAlone(body) ? body : encodeEnvelope([body], now)));
    }
  }
}

/** A key's events stay in one lane, so they keep their order; a lane's records have one partition key. */
function packLanes({ keys, bodies }: PublishBatch, options: PackOptions, records: Records, failures: ItemFailure[]) {
  const { eventsPerRecord, lanes, now } = options;
  const ofLane = new Map<number, number[]>();
  for (let index = 0; index < keys.length; index++) {
    if (tooLong(bodies[index]!, MAX_EVENT_BYTES)) {
      failures.push({ index, error: oversize(ADAPTER, MAX_EVENT_BYTES) });
      continue;
    }
    const lane = partitionOf(keys[index]!, lanes);
    const events = ofLane.get(lane);
    if (events === undefined) ofLane.set(lane, [index]);
    else events.push(index);
  }
  for (const [lane, events] of ofLane) {
    for (const envelope of envelopes(events, bodies, { maxEvents: eventsPerRecord, maxBytes: MAX_ENVELOPE_BYTES })) {
      for (const index of envelope) records.events.push(index);
      const packed = encodeEnvelope(
        envelope.map((index) => bodies[index]!),
        now,
      );
      close(records, String(lane), bytesOf(packed));
    }
  }
}

/** Ends the record that the latest events belong to. */
function close(records: Records, key: string, data: Uint8Array): void {
  records.keys.push(key);
  records.data.push(data);
  records.firstOf.push(records.events.length);
}

/** Whether an event can be a record as it is: the archive separates records by line breaks, and text that looks like an envelope would be read as one. */
function standsAlone(body: string | Uint8Array): boolean {
  if (body.length === 0 || isEnvelope(body)) return false;
  if (typeof body === "string") return !body.includes("\n");
  return !body.includes(LINE_FEED) && decodeUtf8(body) !== undefined;
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === "string" ? Buffer.from(body) : body;
}

function isPartitionKey(key: string): boolean {
  return key.length > 0 && key.length <= MAX_KEY_CHARS && key.isWellFormed();
}

function unfitKey(): SluiceError {
  const message = `The event's key is not well-formed text of 1 to ${MAX_KEY_CHARS} characters.`;
  return new SluiceError("identity", "ingest", message, { adapter: ADAPTER });
}
