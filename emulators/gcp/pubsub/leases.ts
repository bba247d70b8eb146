import type { Message } from "./message";
import type { Timeline, Timer } from "./timeline";

/** How a delivery ended. Withdrawn: by a seek, or with the subscription. */
export type Ending = "acked" | "nacked" | "expired" | "withdrawn";

/** A message in somebody's hands. */
export interface Lease {
  /** The acknowledgment id: another one for each delivery. */
  readonly id: string;
  readonly message: Message;
  /** 1 for the first delivery. */
  readonly attempt: number;
}

export type OnEnd = (lease: Lease, how: Ending) => void;

interface Held<Item> {
  lease: Lease;
  item: Item;
  onEnd: OnEnd;
  timer: Timer | undefined;
}

export interface Leases<Item> {
  readonly size: number;
  /** `ms` may be Infinity: held until somebody ends it. */
  grant(item: Item, message: Message, attempt: number, ms: number, onEnd: OnEnd): Lease;
  /** From now on. False if the lease has ended. */
  extend(id: string, ms: number): boolean;
  /** The item that was held; undefined if the lease had ended before. */
  end(id: string, how: Ending): Item | undefined;
  endAll(): void;
}

/** Deliveries that nobody has answered yet; one whose time is over is given to `expire`. */
export function createLeases<Item>(timeline: Timeline, expire: (id: string) => void): Leases<Item> {
  const held = new Map<string, Held<Item>>();
  let count = 0;
  const startTimer = (id: string, ms: number) => (ms === Infinity ? undefined : timeline.after(ms, () => expire(id)));

  const end: Leases<Item>["end"] = (id, how) => {
    const found = held.get(id);
    if (found === undefined) return undefined;
    held.delete(id);
    found.timer?.cancel();
    found.onEnd(found.lease, how);
    return found.item;
  };
  return {
    get size() {
      return held.size;
    },
    grant: (item, message, attempt, ms, onEnd) => {
      const lease = { id: `${message.id}-${++count}`, message, attempt };
      held.set(lease.id, { lease, item, onEnd, timer: startTimer(lease.id, ms) });
      return lease;
    },
    extend: (id, ms) => {
      const found = held.get(id);
      if (found === undefined) return false;
      found.timer?.cancel();
      found.timer = startTimer(id, ms);
      return true;
    },
    end,
    endAll: () => {
      for (const id of [...held.keys()]) end(id, "withdrawn");
    },
  };
}
