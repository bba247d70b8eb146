/**
 * How many push requests may be out at a time. As documented (https://cloud.google.com/pubsub/docs/push#push_delivery_rate):
 * it starts with a small single digit, grows on any success (exponentially, while all succeed) and shrinks on any failure;
 * an endpoint that fails gets nothing at all for 100 ms to 60 s. The numbers behind are the emulator's own: it starts
 * with 4, one more for a success, half for a failure, and a pause, twice as long each time, for failures at one.
 */
export interface PushWindow {
  readonly size: number;
  succeeded(): void;
  /** Milliseconds without any request; 0: go on. */
  failed(): number;
}

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 60_000;

export function createPushWindow(most: number, start: number): PushWindow {
  let size = Math.min(start, most);
  let pause = 0;
  return {
    get size() {
      return size;
    },
    succeeded: () => {
      size = Math.min(most, size + 1);
      pause = 0;
    },
    failed: () => {
      if (size > 1) {
        size = Math.floor(size / 2);
        return 0;
      }
      pause = nextPause(pause);
      return pause;
    },
  };
}

/** 100 ms, then twice as long each time, up to a minute. */
export function nextPause(pause: number): number {
  return pause === 0 ? SHORTEST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, pause * 2);
}
