import type { Backlog } from "./backlog";
import type { Lease } from "./leases";
import type { Timeline } from "./timeline";

/** At most this much in one answer: https://cloud.google.com/pubsub/quotas */
const MAX_MESSAGES = 1000;
const MAX_BYTES = 10_000_000;

export interface Pull {
  backlog: Backlog;
  timeline: Timeline;
  maxMessages: number;
  leaseMs: number;
  /** How long to wait for a first message; 0: not at all. */
  waitMs: number;
  /** Aborts when nobody is there any more to take the messages. */
  signals: readonly AbortSignal[];
}

/** One answer to a pull: what is ready, or what becomes ready first; nothing when the wait is over. */
export async function pull({ backlog, timeline, maxMessages, leaseMs, waitMs, signals }: Pull): Promise<Lease[]> {
  const take = () => backlog.take({ messages: Math.min(maxMessages, MAX_MESSAGES), bytes: MAX_BYTES, leaseMs });
  const gone = AbortSignal.any([...signals]);
  const first = gone.aborted ? [] : take();
  if (first.length > 0 || waitMs === 0 || gone.aborted) return first;
  return new Promise((resolve) => {
    const finish = (leases: Lease[]) => {
      leave();
      timer.cancel();
      gone.removeEventListener("abort", giveUp);
      resolve(leases);
    };
    const giveUp = () => finish([]);
    const leave = backlog.consume(() => {
      const leases = take();
      if (leases.length > 0) finish(leases);
    });
    const timer = timeline.after(waitMs, giveUp);
    gone.addEventListener("abort", giveUp, { once: true });
  });
}
