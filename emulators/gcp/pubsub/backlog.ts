import type { Clock } from "../../../shared/clock";
import { createLanes } from "./lanes";
import { createLeases, type Lease, type OnEnd } from "./leases";
import type { Message } from "./message";
import { createQueue } from "./queue";
import type { Subscription } from "./resources";
import type { Timeline, Timer } from "./timeline";

export interface BacklogOptions {
  clock: Clock;
  timeline: Timeline;
  /** As they are now: most settings can change. */
  settings: () => Subscription;
  /** Publishes to the dead-letter topic; false if it is gone. */
  forward: (message: Message, attempts: number, error: string | undefined) => boolean;
}

export interface BacklogCounts {
  delivered: number;
  acked: number;
  nacked: number;
  expired: number;
  deadLettered: number;
  /** Older than the retention, or sought over. */
  discarded: number;
}

export interface Take {
  messages: number;
  /** The first message is taken even if it alone is larger. Default: any. */
  bytes?: number | undefined;
  leaseMs: number;
  onEnd?: OnEnd | undefined;
}

/** A consumer: takes what it has room for, at most `share` if it wants to be fair to the others. */
export type Consumer = (share: number) => void;

/** The messages that a subscription has not settled. */
export interface Backlog {
  readonly counts: Readonly<BacklogCounts>;
  /** All that is neither acknowledged nor dead-lettered nor discarded. */
  readonly unacked: number;
  readonly leased: number;
  /** Size of the message that comes next, if one is ready. */
  nextBytes(): number | undefined;
  add(message: Message): void;
  /** Hands out what is ready, oldest first. */
  take(take: Take): Lease[];
  /** These four are false if the lease has ended: then the message comes again, or has been settled. */
  ack(id: string): boolean;
  /** `error` goes with the message to the dead-letter topic, if it goes there now. */
  nack(id: string, error?: string): boolean;
  extend(id: string, ms: number): boolean;
  /** As if it had never been handed out. */
  release(id: string): boolean;
  /** Calls the consumer whenever something may be ready. Returns the way out. */
  consume(consumer: Consumer): () => void;
  messages(): Message[];
  /** Makes these the unsettled ones; what is delivered now is withdrawn. */
  replace(messages: readonly Message[]): void;
  /** Resolves when nothing is unsettled. */
  drained(): Promise<void>;
  close(): void;
}

interface Item {
  message: Message;
  attempts: number;
  state: "ready" | "leased" | "delayed" | "behind" | "gone";
  timer?: Timer | undefined;
}

export function createBacklog({ clock, timeline, settings, forward }: BacklogOptions): Backlog {
  const counts: BacklogCounts = { delivered: 0, acked: 0, nacked: 0, expired: 0, deadLettered: 0, discarded: 0 };
  const items = new Map<number, Item>();
  const ready = createQueue<Item>();
  const lanes = createLanes<Item>();
  const leases = createLeases<Item>(timeline, (id) => giveBack(id, "expired"));
  const consumers = new Set<Consumer>();
  let waiters: (() => void)[] = [];
  let readyCount = 0;
  let isWaking = false;

  const settleWaiters = () => {
    if (items.size > 0) return;
    for (const resolve of waiters) resolve();
    waiters = [];
  };
  const move = (item: Item, state: Item["state"]) => {
    if (item.state === "ready") readyCount--;
    item.timer?.cancel();
    item.timer = undefined;
    item.state = state;
    if (state !== "ready") return;
    readyCount++;
    ready.push(item);
    wake();
  };
  /** Once for all that one call brings, so that a batch that was published together is delivered together. */
  const wake = () => {
    if (isWaking) return;
    isWaking = true;
    queueMicrotask(() => {
      isWaking = false;
      // Again as long as somebody takes: what one has no room for is for the others.
      for (let before = readyCount + 1; readyCount > 0 && readyCount < before; ) {
        before = readyCount;
        serve();
      }
    });
  };
  const serve = () => {
    const share = Math.ceil(readyCount / consumers.size);
    for (const consumer of [...consumers]) {
      if (readyCount === 0) return;
      // Who was served goes to the end of the row; who left meanwhile is not served.
      if (!consumers.delete(consumer)) continue;
      consumers.add(consumer);
      consumer(share);
    }
  };
  /** What is next. Whoever is not ready any more leaves the queue only here. */
  const front = () => {
    for (let item = ready.peek(); item !== undefined; item = ready.peek()) {
      if (item.state === "ready") return item;
      ready.shift();
    }
    return undefined;
  };
  const enter = (item: Item) => {
    const key = settings().enableMessageOrdering ? item.message.orderingKey : "";
    items.set(item.message.sequence, item);
    if (key === "" || lanes.enter(key, item)) move(item, "ready");
  };
  const remove = (item: Item) => {
    move(item, "gone");
    items.delete(item.message.sequence);
    const next = item.message.orderingKey === "" ? undefined : lanes.leave(item.message.orderingKey, item);
    if (next !== undefined) move(next, "ready");
    settleWaiters();
  };
  const discardOld = () => {
    const oldest = clock.now() - settings().messageRetentionDuration;
    for (const item of items.values()) {
      if (item.message.publishedAt >= oldest) return;
      if (item.state === "leased") continue;
      counts.discarded++;
      remove(item);
    }
  };

  /** A delivery that failed, either way: to the dead-letter topic, or again, now or later. */
  function giveBack(id: string, how: "nacked" | "expired", error?: string): boolean {
    const item = leases.end(id, how);
    if (item === undefined) return false;
    counts[how]++;
    const { deadLetterPolicy, retryPolicy } = settings();
    const isLast = deadLetterPolicy !== undefined && item.attempts >= deadLetterPolicy.maxDeliveryAttempts;
    if (isLast && forward(item.message, item.attempts, error)) {
      counts.deadLettered++;
      remove(item);
      return true;
    }
    const wait = retryPolicy === undefined ? 0 : backoff(retryPolicy, item.attempts);
    move(item, wait > 0 ? "delayed" : "ready");
    if (wait > 0) item.timer = timeline.after(wait, () => move(item, "ready"));
    return true;
  }

  return {
    counts,
    get unacked() {
      discardOld();
      return items.size;
    },
    get leased() {
      return leases.size;
    },
    nextBytes: () => front()?.message.bytes,
    add: (message) => enter({ message, attempts: 0, state: "behind" }),
    take: ({ messages, bytes = Number.POSITIVE_INFINITY, leaseMs, onEnd = () => undefined }) => {
      discardOld();
      const taken: Lease[] = [];
      let room = bytes;
      for (let item = front(); item !== undefined && taken.length < messages; item = front()) {
        if (taken.length > 0 && item.message.bytes > room) break;
        room -= item.message.bytes;
        ready.shift();
        move(item, "leased");
        counts.delivered++;
        taken.push(leases.grant(item, item.message, ++item.attempts, leaseMs, onEnd));
      }
      return taken;
    },
    ack: (id) => {
      const item = leases.end(id, "acked");
      if (item === undefined) return false;
      counts.acked++;
      remove(item);
      return true;
    },
    nack: (id, error) => giveBack(id, "nacked", error),
    extend: (id, ms) => leases.extend(id, ms),
    release: (id) => {
      const item = leases.end(id, "withdrawn");
      if (item === undefined) return false;
      item.attempts--;
      move(item, "ready");
      return true;
    },
    consume: (consumer) => {
      consumers.add(consumer);
      wake();
      return () => consumers.delete(consumer);
    },
    messages: () => {
      discardOld();
      return Array.from(items.values(), ({ message }) => message);
    },
    replace: (messages) => {
      leases.endAll();
      const before = [...items.values()];
      const attempts = new Map(before.map((item) => [item.message.sequence, item.attempts]));
      for (const item of before) move(item, "gone");
      items.clear();
      lanes.clear();
      ready.clear();
      for (const message of messages) {
        enter({ message, attempts: attempts.get(message.sequence) ?? 0, state: "behind" });
        attempts.delete(message.sequence);
      }
      counts.discarded += attempts.size;
      settleWaiters();
    },
    drained: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        discardOld();
        settleWaiters();
      }),
    close: () => {
      leases.endAll();
      for (const item of items.values()) move(item, "gone");
      items.clear();
      settleWaiters();
    },
  };
}

/** Doubles with each attempt: https://cloud.google.com/pubsub/docs/handling-failures#exponential_backoff */
function backoff(policy: { minimumBackoff: number; maximumBackoff: number }, attempts: number): number {
  return Math.min(policy.maximumBackoff, policy.minimumBackoff * 2 ** (attempts - 1));
}
