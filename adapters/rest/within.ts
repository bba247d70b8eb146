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
