import type { Clock } from "sluice";

export interface ManualClockOptions {
  /** Milliseconds since 1970. Default 2026-01-01. */
  start?: number;
  /**
   * Time passes by itself, from one sleeper to the next, whenever nothing else is left to do: a discrete-event simulation.
   * Code that does real I/O while somebody sleeps has to say so with `busy`. Default true; otherwise time passes by
   * `advance` alone.
   */
  auto?: boolean;
  /** Whether real I/O is under way: time stands still until it has ended. */
  busy?: (() => boolean) | undefined;
}

export interface ManualClock extends Clock {
  /** Lets time pass; wakes the sleepers in order, and lets each finish what it does next. */
  advance(ms: number): Promise<void>;
  /** Time passes in one piece, as in a long synchronous computation: timers are late. */
  block(ms: number): void;
  /** The wall clock jumps, the monotonic one does not. */
  jump(ms: number): void;
  /** How many sleep now. */
  sleepers(): number;
  /** Sum of all sleeps that were asked for, milliseconds. */
  asked(): number;
}

interface Sleeper {
  due: number;
  wake: () => void;
}

const START = Date.UTC(2026, 0, 1);

/** A clock on which no test waits. */
export function manualClock({ start = START, auto = true, busy }: ManualClockOptions = {}): ManualClock {
  const sleepers = new Set<Sleeper>();
  let time = 0;
  let wallOffset = start;
  let asked = 0;
  let idleCheck = false;

  const next = () => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) if (first === undefined || sleeper.due < first.due) first = sleeper;
    return first;
  };
  const wake = (sleeper: Sleeper) => {
    sleepers.delete(sleeper);
    time = Math.max(time, sleeper.due);
    sleeper.wake();
  };
  /** Every promise that can settle has settled when the next immediate runs. */
  const whenIdle = () => {
    if (!auto || idleCheck || sleepers.size === 0) return;
    idleCheck = true;
    const look = () => {
      if (busy?.()) return void setTimeout(look, 1);
      idleCheck = false;
      const first = next();
      if (first) wake(first);
      whenIdle();
    };
    setImmediate(look);
  };

  return {
    now: () => wallOffset + time,
    monotonic: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        asked += ms;
        const stop = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          due: time + Math.max(0, ms),
          wake: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        signal?.addEventListener("abort", stop, { once: true });
        sleepers.add(sleeper);
        whenIdle();
      }),
    advance: async (ms) => {
      const end = time + ms;
      await settled();
      for (let first = next(); first && first.due <= end; first = next()) {
        wake(first);
        await settled();
      }
      time = Math.max(time, end);
    },
    block: (ms) => {
      time += ms;
    },
    jump: (ms) => {
      wallOffset += ms;
    },
    sleepers: () => sleepers.size,
    asked: () => asked,
  };
}

/** Resolves when every promise that can settle now has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
