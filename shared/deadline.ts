import type { Clock } from "./clock";
import { SluiceError, type Stage } from "./errors";

/** The time a batch has left, and a signal that aborts when it is used up or the host shuts down. */
export interface Deadline {
  /** Undefined if nothing can end the batch early. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds until work must have stopped; Infinity without a deadline, 0 once the signal aborted. */
  remainingMs(): number;
  /** Throws what ended the work: `deadline` or `cancelled`. */
  check(stage: Stage): void;
  /** Rejects as soon as the signal aborts, whether or not the operation listens to it. */
  race<T>(operation: Promise<T>, stage: Stage): Promise<T>;
  /** Ends the timer. Call it when the batch is done. */
  dispose(): void;
}

export interface DeadlineOptions {
  clock: Clock;
  /** Milliseconds since 1970 by which the answer is due; undefined: never. */
  at?: number | undefined;
  /** Milliseconds kept back for the answer itself. */
  reserveMs: number;
  /** Aborts on shutdown. */
  parent?: AbortSignal | undefined;
}

export function createDeadline(options: DeadlineOptions): Deadline {
  if (options.at !== undefined) return timed(options, options.at);
  return options.parent === undefined ? NEVER : untilAborted(options.parent);
}

/** A reason of our own: without one each batch would pay for an exception with a stack that nobody reads. */
const DISPOSED = "disposed";

/**
 * Most batches of an embedded worker have nothing that could end them early. They share this one: an AbortController and
 * its listeners per batch outlive the batch's garbage collection and cost more than all of its guards.
 */
const NEVER: Deadline = {
  signal: undefined,
  remainingMs: () => Number.POSITIVE_INFINITY,
  check() {},
  race: (operation) => operation,
  dispose() {},
};

function untilAborted(parent: AbortSignal): Deadline {
  return {
    signal: parent,
    remainingMs: () => (parent.aborted ? 0 : Number.POSITIVE_INFINITY),
    check(stage) {
      if (parent.aborted) throw stopped(parent, stage);
    },
    race: (operation, stage) => raced(operation, parent, stage),
    dispose() {},
  };
}

function timed({ clock, reserveMs, parent }: DeadlineOptions, at: number): Deadline {
  // Converted once: a wall clock that is set back in the middle must not give us an hour.
  const end = clock.monotonic() + (at - clock.now()) - reserveMs;
  const controller = new AbortController();
  const timer = new AbortController();
  const { signal } = controller;

  const onParent = () => controller.abort(parent?.reason);
  const onDeadline = () =>
    controller.abort(new SluiceError("deadline", "engine", "The time for this batch is used up."));
  /** What is left. The timer alone would not do: work that never waits for I/O never lets a timer fire. */
  const remainingMs = () => {
    const leftMs = end - clock.monotonic();
    if (leftMs <= 0 && !signal.aborted) onDeadline();
    return signal.aborted ? 0 : leftMs;
  };
  if (parent?.aborted) onParent();
  else parent?.addEventListener("abort", onParent, { once: true });
  if (remainingMs() > 0) clock.sleep(remainingMs(), timer.signal).then(onDeadline, () => {});

  return {
    signal,
    remainingMs,
    check(stage) {
      if (remainingMs() <= 0) throw stopped(signal, stage);
    },
    race(operation, stage) {
      remainingMs();
      return raced(operation, signal, stage);
    },
    dispose() {
      timer.abort(DISPOSED);
      parent?.removeEventListener("abort", onParent);
    },
  };
}

function raced<T>(operation: Promise<T>, signal: AbortSignal, stage: Stage): Promise<T> {
  if (signal.aborted) {
    operation.catch(() => {});
    return Promise.reject(stopped(signal, stage));
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(stopped(signal, stage));
    signal.addEventListener("abort", onAbort, { once: true });
    operation.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Our own deadline says so itself; any other reason is the host's shutdown. */
function stopped(signal: AbortSignal, stage: Stage): SluiceError {
  const { reason } = signal;
  return reason instanceof SluiceError
    ? new SluiceError(reason.code, stage, reason.message)
    : new SluiceError("cancelled", stage, "The host is shutting down.", { cause: reason });
}
