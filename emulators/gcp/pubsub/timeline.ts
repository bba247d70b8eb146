import type { Clock } from "../../../shared/clock";
import { createHeap } from "./heap";

/** Something that will happen, unless it is canceled before. */
export interface Timer {
  cancel(): void;
}

/** All that the emulator will do later, on one clock that has one sleeper at a time, whatever waits. */
export interface Timeline {
  /** Runs once; what is due at the same moment runs in the order of the calls. */
  after(ms: number, run: () => void): Timer;
  /** Nothing happens any more. */
  close(): void;
}

interface Entry {
  /** By the monotonic clock. */
  time: number;
  order: number;
  run: () => void;
  /** Ran, or will not run. */
  isOver: boolean;
}

/** A Node timer takes at most 2^31 - 1 ms. */
const LONGEST_SLEEP_MS = 2_147_483_647;
/** Canceled entries stay where they are until they are this many and more than half. */
const SPARE = 1024;

export function createTimeline(clock: Clock): Timeline {
  const entries = createHeap<Entry>((a, b) => a.time < b.time || (a.time === b.time && a.order < b.order));
  let asleep: { until: number; stop: AbortController } | undefined;
  let order = 0;
  let canceled = 0;
  let isArming = false;
  let isClosed = false;

  /** Once for all that one call changes: a thousand messages are acknowledged at a time. */
  const arm = () => {
    if (isArming) return;
    isArming = true;
    queueMicrotask(() => {
      isArming = false;
      if (!isClosed) sleepUntilNext();
    });
  };
  const sleepUntilNext = () => {
    tidy();
    const next = entries.peek();
    if (asleep !== undefined && asleep.until === next?.time) return;
    asleep?.stop.abort();
    asleep = undefined;
    if (next === undefined) return;
    const mine = { until: next.time, stop: new AbortController() };
    asleep = mine;
    const ms = Math.min(Math.max(0, next.time - clock.monotonic()), LONGEST_SLEEP_MS);
    clock.sleep(ms, mine.stop.signal).then(
      () => asleep === mine && wake(),
      // Stopped: whoever did it sleeps until another time.
      () => undefined,
    );
  };
  const wake = () => {
    asleep = undefined;
    const now = clock.monotonic();
    for (let next = entries.peek(); next !== undefined && next.time <= now; next = entries.peek()) {
      entries.pop();
      if (next.isOver) canceled--;
      else {
        next.isOver = true;
        next.run();
      }
    }
    arm();
  };
  const tidy = () => {
    if (canceled > SPARE && canceled * 2 > entries.size) {
      entries.keep(({ isOver }) => !isOver);
      canceled = 0;
    }
    for (let next = entries.peek(); next?.isOver; next = entries.peek()) {
      entries.pop();
      canceled--;
    }
  };

  return {
    after: (ms, run) => {
      const entry = { time: clock.monotonic() + ms, order: order++, run, isOver: false };
      entries.push(entry);
      arm();
      const cancel = () => {
        if (entry.isOver) return;
        entry.isOver = true;
        canceled++;
        arm();
      };
      return { cancel };
    },
    close: () => {
      isClosed = true;
      asleep?.stop.abort();
    },
  };
}
