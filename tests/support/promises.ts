/** A port's answer from outside the test's control flow: settled when the test says so. */
export interface Gate<T> {
  promise: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

export function gate<T = void>(): Gate<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise, open: resolve, fail: reject };
}

/** A promise that never settles: an operation that hangs and ignores its signal. */
export function hanging<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

export function raise(thrown: unknown): never {
  throw thrown;
}

/** Node keeps the listeners of a signal under a symbol. */
export function listeners(signal: AbortSignal): number {
  const symbol = Object.getOwnPropertySymbols(signal).concat(
    Object.getOwnPropertySymbols(Object.getPrototypeOf(signal)),
  );
  const events = symbol
    .map((key) => (signal as unknown as Record<symbol, unknown>)[key])
    .find((value) => value instanceof Map || Object.prototype.toString.call(value) === "[object Map]");
  return (events as Map<string, { size: number }> | undefined)?.get("abort")?.size ?? 0;
}
