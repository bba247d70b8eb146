export interface Within {
  signal: AbortSignal;
  /** Ends the timer. */
  dispose(): void;
}

/** A signal that ends with the caller's, or with the time. (AbortSignal.any would keep a listener on a long-lived signal for every call.) */
export function within(timeoutMs: number, parent: AbortSignal | undefined): Within {
  const controller = new AbortController();
  const stop = () => controller.abort(parent?.reason);
  const late = () => controller.abort(new DOMException(`No answer within ${timeoutMs} ms.`, "TimeoutError"));
  const timer = setTimeout(late, timeoutMs);
  if (parent?.aborted) stop();
  else parent?.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    dispose() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", stop);
    },
  };
}

/** Ends a wait with the signal, of work that knows none: it goes on. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
