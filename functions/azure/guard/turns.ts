import { SluiceError } from "../../../shared/errors";

/** Who may work at a time: any number together, or one alone. */
export interface Turns {
  /** Runs beside all others that are together. */
  together<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Runs while nothing else does. */
  alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

interface Waiting {
  alone: boolean;
  start(): void;
}

/** Turns are taken in the order of asking, so that nobody waits for ever. Asking ends, `cancelled`, when its signal aborts. */
export function createTurns(): Turns {
  const queue: Waiting[] = [];
  let working = 0;
  let oneIsAlone = false;

  async function turn<T>(alone: boolean, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    await admitted(alone, signal);
    try {
      return await work();
    } finally {
      working--;
      oneIsAlone = false;
      admit();
    }
  }

  function admitted(alone: boolean, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(gaveUp());
      const leave = () => {
        queue.splice(queue.indexOf(waiting), 1);
        reject(gaveUp());
        admit();
      };
      const waiting: Waiting = {
        alone,
        start: () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      queue.push(waiting);
      admit();
    });
  }

  function admit(): void {
    while (queue.length > 0 && !oneIsAlone && (working === 0 || !queue[0]!.alone)) {
      const next = queue.shift()!;
      working++;
      oneIsAlone = next.alone;
      next.start();
    }
  }

  return {
    together: (work, signal) => turn(false, work, signal),
    alone: (work, signal) => turn(true, work, signal),
  };
}

function gaveUp(): SluiceError {
  return new SluiceError("cancelled", "engine", "The batch ended before its turn.");
}
