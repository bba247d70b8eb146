import type { Backlog } from "./backlog";
import type { Delivery } from "./broker";
import type { Lease } from "./leases";
import { nextPause } from "./push-window";
import type { Timeline } from "./timeline";

/** A message that cannot be written, and why. */
export interface Refusal {
  lease: Lease;
  error: string;
}

export interface ExportOptions {
  backlog: Backlog;
  timeline: Timeline;
  /** A batch is written when it has this many messages or bytes, or when its first message is this old; 0: at once. */
  limits: { messages: number; bytes: number; ms: number };
  /** Resolves with what was not taken; rejects if the destination is at fault. Aborted when nobody wants it any more. */
  write: (leases: readonly Lease[], signal: AbortSignal) => Promise<readonly Refusal[]>;
  /** Told after each batch whether the destination is as it should be. */
  onState: (isWell: boolean) => void;
}

/**
 * Writes what a subscription has to somewhere else, one batch at a time, and acknowledges it after that. A message that is
 * refused goes back and has one attempt less; where the destination is at fault (not there, no answer) all stays as it
 * was, and never goes to a dead-letter topic. While nothing is taken, each batch waits longer than the one before.
 */
export function openExport({ backlog, timeline, limits, write, onState }: ExportOptions): Delivery {
  const batch = new Map<string, Lease>();
  const closing = new AbortController();
  let bytes = 0;
  let pause = 0;
  let isPaused = false;
  let writing: Promise<void> | undefined;
  let timer: { cancel(): void } | undefined;

  const onEnd = (lease: Lease) => {
    // Withdrawn before it was written.
    if (batch.delete(lease.id)) bytes -= lease.message.bytes;
  };
  const pump = () => {
    if (isPaused || writing !== undefined || closing.signal.aborted) return;
    const isFull = fill();
    if (batch.size === 0) return;
    if (isFull || limits.ms === 0) writeBatch();
    else timer ??= timeline.after(limits.ms, writeBatch);
  };
  /** Takes what is ready, as far as there is room for it. */
  const fill = (): boolean => {
    for (let next = backlog.nextBytes(); next !== undefined; next = backlog.nextBytes()) {
      if (batch.size > 0 && (batch.size >= limits.messages || bytes + next > limits.bytes)) return true;
      // The service itself holds these: nobody else's deadline applies.
      for (const lease of backlog.take({ messages: 1, leaseMs: Number.POSITIVE_INFINITY, onEnd })) {
        batch.set(lease.id, lease);
        bytes += lease.message.bytes;
      }
    }
    return batch.size >= limits.messages || bytes >= limits.bytes;
  };
  const writeBatch = () => {
    timer?.cancel();
    timer = undefined;
    const leases = [...batch.values()];
    batch.clear();
    bytes = 0;
    if (leases.length === 0) return;
    writing = settle(leases).then(() => {
      writing = undefined;
      pump();
    });
  };
  const settle = async (leases: readonly Lease[]) => {
    const refusals = await write(leases, closing.signal).catch(() => undefined);
    if (closing.signal.aborted || refusals === undefined) for (const { id } of leases) backlog.release(id);
    if (closing.signal.aborted) return;
    onState(refusals !== undefined);
    for (const { lease, error } of refusals ?? []) backlog.nack(lease.id, error);
    // Ends nothing that has ended already.
    if (refusals !== undefined) for (const { id } of leases) backlog.ack(id);
    if (refusals !== undefined && refusals.length < leases.length) pause = 0;
    else rest();
  };
  const rest = () => {
    pause = nextPause(pause);
    isPaused = true;
    timeline.after(pause, () => {
      isPaused = false;
      pump();
    });
  };

  const leave = backlog.consume(pump);
  return {
    flush: async () => {
      for (;;) {
        await writing;
        pump();
        if (writing === undefined) writeBatch();
        if (writing === undefined) return;
      }
    },
    close: () => {
      leave();
      timer?.cancel();
      closing.abort();
      for (const { id } of [...batch.values()]) backlog.release(id);
    },
  };
}
