import type { Attempting } from "./attempts";
import { cancelled, type ErrorPlace } from "./place";

/** Calls of a port, which throw only what may cross it: nothing starts once the signal has aborted. */
export interface Guarded {
  run<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T>;
  /** The same for each of many items. */
  each<T>(signal: AbortSignal | undefined, items: AsyncGenerator<T>): AsyncGenerator<T>;
}

export function guarded(place: ErrorPlace, errorOf: Attempting["errorOf"]): Guarded {
  const run: Guarded["run"] = async (signal, call) => {
    if (signal?.aborted) throw cancelled(place);
    try {
      return await call();
    } catch (thrown) {
      throw errorOf(thrown, { place, signal });
    }
  };

  return {
    run,
    each: async function* (signal, items) {
      try {
        for (;;) {
          const { value, done } = await run(signal, () => items.next());
          if (done) return;
          yield value;
        }
      } finally {
        await items.return(undefined);
      }
    },
  };
}
