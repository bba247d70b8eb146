/** Ctrl-C or a polite request to end: the first one drains, a later one ends everything at once. */
export interface Interrupt {
  /** Aborts at the first. */
  readonly signal: AbortSignal;
  dispose(): void;
}

/** A terminal signals the whole process group, and npm passes the signal on as well: what comes this soon is the same one. */
const SAME_MS = 500;

export function onInterrupt(options: { onFirst(): void; onSecond(): void }): Interrupt {
  const controller = new AbortController();
  let firstAt: number | undefined;
  const handle = () => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      options.onFirst();
      controller.abort();
    } else if (now - firstAt > SAME_MS) options.onSecond();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, handle);
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of signals) process.off(signal, handle);
    },
  };
}
