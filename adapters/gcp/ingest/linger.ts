import type { Clock } from "../../../shared/clock";
import type { ItemFailure, PublishBatch, PublishReport } from "../../../shared/ports";
import { cancelled } from "../errors";
import { ADAPTER } from "./limits";

export interface LingerOptions {
  /** How long the first event of several calls waits for others, milliseconds. */
  lingerMs: number;
  /** That many events wait for no others. */
  maxEvents: number;
  /** Nor do events of so many bytes. */
  maxBytes: number;
  clock: Clock;
  /** Must not reject. */
  send: (batch: PublishBatch) => Promise<PublishReport>;
}

export interface Linger {
  publish(batch: PublishBatch, signal: AbortSignal | undefined): Promise<PublishReport>;
  /** Sends what waits. */
  flush(): void;
}

interface Held {
  keys: string[];
  bodies: (string | Uint8Array)[];
  bytes: number;
  timer: AbortController;
  report: Promise<PublishReport>;
  resolve: (report: Promise<PublishReport>) => void;
}

/**
 * Gathers the events of several calls, so that a producer of single events fills its envelopes too. A caller that gives up
 * hears that its events failed; they go out nonetheless, because others may wait for the same envelope.
 */
export function linger({ lingerMs, maxEvents, maxBytes, clock, send }: LingerOptions): Linger {
  let held: Held | undefined;

  function flush(): void {
    if (held === undefined) return;
    const { keys, bodies, timer, resolve } = held;
    held = undefined;
    timer.abort();
    resolve(send({ keys, bodies }));
  }

  function open(): Held {
    const { promise, resolve } = Promise.withResolvers<PublishReport>();
    const timer = new AbortController();
    clock.sleep(lingerMs, timer.signal).then(flush, () => {});
    return { keys: [], bodies: [], bytes: 0, timer, report: promise, resolve };
  }

  return {
    publish: ({ keys, bodies }, signal) => {
      held ??= open();
      const { report } = held;
      const from = held.keys.length;
      for (let i = 0; i < keys.length; i++) {
        held.keys.push(keys[i]!);
        held.bodies.push(bodies[i]!);
        held.bytes += Buffer.byteLength(bodies[i]!);
      }
      if (held.keys.length >= maxEvents || held.bytes >= maxBytes) flush();
      return orCancelled(
        report.then(({ failures }) => part(failures, from, keys.length)),
        keys.length,
        signal,
      );
    },
    flush,
  };
}

/** What of a common report is one caller's. */
function part(failures: readonly ItemFailure[], from: number, count: number): PublishReport {
  const own = failures
    .filter(({ index }) => index >= from && index < from + count)
    .map(({ index, error }) => ({ index: index - from, error }));
  return { accepted: count - own.length, alreadyAccepted: 0, failures: own };
}

function orCancelled(report: Promise<PublishReport>, count: number, signal: AbortSignal | undefined) {
  if (signal === undefined) return report;
  const { promise, resolve, reject } = Promise.withResolvers<PublishReport>();
  const giveUp = () => {
    const error = cancelled({ stage: "ingest", adapter: ADAPTER });
    resolve({
      accepted: 0,
      alreadyAccepted: 0,
      failures: Array.from({ length: count }, (_, index) => ({ index, error })),
    });
  };
  signal.addEventListener("abort", giveUp, { once: true });
  report.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  return promise;
}
