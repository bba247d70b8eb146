import { SluiceError } from "../../shared/errors";
import { longerThan } from "../../shared/guards";
import type { PublishBatch } from "../../shared/ports";

export interface EnvelopeLimits {
  /** Most events in an envelope. */
  maxEvents: number;
  /** Bytes of an envelope's events, unless one is longer by itself. */
  maxBytes: number;
}

/** Events in their order, as indices of the batch, cut into what shares an envelope. */
export function* envelopes(
  events: readonly number[],
  bodies: PublishBatch["bodies"],
  { maxEvents, maxBytes }: EnvelopeLimits,
): Iterable<number[]> {
  let held: number[] = [];
  let heldBytes = 0;
  for (const index of events) {
    const bytes = Buffer.byteLength(bodies[index]!);
    if (held.length > 0 && (held.length >= maxEvents || heldBytes + bytes > maxBytes)) {
      yield held;
      held = [];
      heldBytes = 0;
    }
    held.push(index);
    heldBytes += bytes;
  }
  if (held.length > 0) yield held;
}

/** Whether an event is longer than so many bytes. */
export function tooLong(body: string | Uint8Array, limit: number): boolean {
  return typeof body === "string" ? longerThan(body, limit) : body.length > limit;
}

export function oversize(adapter: string, limit: number): SluiceError {
  return new SluiceError("oversize", "ingest", `The event is longer than ${limit} bytes.`, { adapter });
}

/** Of events behind one that was refused for good: their turn may come. */
export function blocked(adapter: string, what: string, cause: SluiceError): SluiceError {
  return new SluiceError("unavailable", "ingest", what, { adapter, cause });
}
