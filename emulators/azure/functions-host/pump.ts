import type { Clock } from "../../../shared/clock";
import type { Hub, HubEvent } from "../event-hubs/hub";
import { startOf } from "../event-hubs/position";
import type { Checkpoints } from "./checkpoints";
import type { HostSettings, InitialOffset } from "./host-json";
import type { Execute } from "./invocation";
import type { FunctionsHostStats } from "./stats";

/** One partition in the hands of one instance: one batch at a time, in order. */
export interface Pump {
  /** All that there is has been handed to the function, and nothing runs. */
  idle(): boolean;
  /** Another instance has the partition now. What runs goes on, and comes to nothing. */
  lose(): void;
  /** No further batch. Resolves when the one that runs has ended. */
  stop(): Promise<void>;
  /** Resolves when nothing runs any more, after `lose` or `stop`. */
  readonly ended: Promise<void>;
}

export interface PumpOptions {
  partition: string;
  hub: Hub;
  settings: HostSettings;
  checkpoints: Checkpoints;
  execute: Execute;
  stats: FunctionsHostStats;
  clock: Clock;
  /** It may be idle now. */
  changed: () => void;
}

/**
 * The partition processor of the Event Hubs extension (EventHubListener.PartitionProcessor.cs). The checkpoint moves on
 * after the function's success, and after its failure once no retry is left: what failed is then lost to it. It does not
 * move when the instance stops or has lost the partition. With a checkpoint every so many batches, a stop writes one, and
 * that passes even the batch whose retries the stop broke off. Not emulated: the checkpoint after ten idle minutes.
 */
export function openPump(options: PumpOptions): Pump {
  const { partition, hub, settings, checkpoints, execute, stats, clock, changed } = options;
  const frequency = settings.batchCheckpointFrequency;
  const over = new AbortController();
  const { signal } = over;
  let why: "lost" | "stopped" | undefined;
  let isWaiting = false;
  let next = positionOf(options);
  let failed = 0;
  let batches = 0;

  const checkpoint = () => {
    checkpoints.set(partition, { sequenceNumber: next - 1, writtenAt: clock.now() });
    stats.checkpoints[partition] = (stats.checkpoints[partition] ?? 0) + 1;
    stats.lost += failed;
    failed = 0;
    batches = 0;
  };
  const nextBatch = batcher(options, signal);
  const run = async () => {
    for (;;) {
      isWaiting = true;
      changed();
      const events = await nextBatch(next);
      isWaiting = false;
      if (signal.aborted) break;
      batches++;
      const isCheckpointing = batches >= frequency;
      const outcome = await execute({ events, partition, isCheckpointing }, signal);
      next += events.length;
      if (outcome !== "succeeded") failed += events.length;
      if (signal.aborted) break;
      if (isCheckpointing) checkpoint();
    }
    if (why === "stopped" && frequency > 1 && batches > 0) checkpoint();
  };
  const end = (reason: "lost" | "stopped") => {
    if (signal.aborted) return;
    why = reason;
    over.abort();
  };
  const ended = run().then(changed);

  return {
    ended,
    idle: () => isWaiting && next > hub.lastSequence(partition),
    lose: () => end("lost"),
    stop: () => {
      end("stopped");
      return ended;
    },
  };
}

/** Waits for the next batch from a sequence number on; empty after an abort. */
function batcher({ partition, hub, settings, checkpoints, clock }: PumpOptions, signal: AbortSignal) {
  const { minEventBatchSize, maxEventBatchSize, maxWaitMs } = settings;
  let isFirst = true;
  /** A first batch does not wait as long as if none had been before it, in the hands of another. */
  const patience = () => {
    if (!isFirst) return maxWaitMs;
    const written = checkpoints.get(partition)?.writtenAt;
    return written === undefined ? 0 : Math.max(0, maxWaitMs - (clock.now() - written));
  };
  return async (next: number): Promise<readonly HubEvent[]> => {
    let deadline: number | undefined;
    for (;;) {
      if (signal.aborted) return [];
      const there = hub.lastSequence(partition) + 1 - next;
      if (there > 0) deadline ??= clock.monotonic() + patience();
      const isDue = deadline !== undefined && clock.monotonic() >= deadline;
      if (there >= minEventBatchSize || (there > 0 && isDue)) {
        isFirst = false;
        return hub.read(partition, next, maxEventBatchSize);
      }
      await appendedOr(deadline);
    }
  };

  function appendedOr(deadline: number | undefined): Promise<void> {
    const woken = new AbortController();
    return new Promise((resolve) => {
      const wake = () => {
        woken.abort();
        leave();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const leave = hub.onAppend((appended) => {
        if (appended === partition) wake();
      });
      signal.addEventListener("abort", wake, { once: true });
      if (deadline === undefined) return;
      clock.sleep(deadline - clock.monotonic(), woken.signal).then(wake, () => {});
    });
  }
}

function positionOf({ partition, hub, settings, checkpoints }: PumpOptions): number {
  const written = checkpoints.get(partition);
  return written ? written.sequenceNumber + 1 : (startOf(hub, partition, selector(settings.initialOffset)) ?? 0);
}

function selector(offset: InitialOffset): string | undefined {
  if (offset === "start") return undefined;
  if (offset === "end") return "amqp.annotation.x-opt-offset > '@latest'";
  return `amqp.annotation.x-opt-enqueued-time > '${offset.after}'`;
}
