import type { BatchOutcome, Delivery, Preprocess, PreprocessCapabilities } from "sluice";
import type { MemoryState, Progress } from "./state";

export interface SourceOptions {
  /** How the source takes an answer; each of the clouds has another way. */
  checkpoint: PreprocessCapabilities["checkpoint"];
  /** Messages per delivery. */
  maxMessages?: number;
  /** Deliveries after which an `always-advances` source goes on. */
  maxDeliveries?: number;
}

/** What the source hands over: messages of one partition by their index. */
export interface Trigger {
  partition: number;
  indices: readonly number[];
  attempt: number;
  lastAttempt: boolean;
}

export interface MemorySource extends Preprocess<Trigger, void> {
  /** What comes next in a partition; undefined if all of it is acknowledged. */
  next(partition: number): Trigger | undefined;
  readonly partitions: number;
}

/** The source's side of the hand-over, with the redelivery rules of each kind of checkpoint. */
export function memorySource(state: MemoryState, options: SourceOptions): MemorySource {
  const { checkpoint, maxMessages = 10, maxDeliveries = 4 } = options;
  const ordered = checkpoint !== "per-message";
  const triggers = new WeakMap<Delivery, Trigger>();

  return {
    capabilities: { checkpoint, ordering: ordered ? "per-key" : "none", countsDeliveries: true },
    partitions: state.partitions.length,

    next(partition) {
      const progress = state.progress[partition]!;
      const log = state.partitions[partition]!;
      if (!ordered) return oneByOne(partition, progress, log.length);
      const again = progress.attempts > 0 && progress.attemptTo > progress.position;
      const end = Math.min(log.length, progress.position + maxMessages, again ? progress.attemptTo : log.length);
      if (end <= progress.position) return undefined;
      progress.attempts = again ? progress.attempts + 1 : 1;
      progress.attemptTo = end;
      return {
        partition,
        indices: range(progress.position, end),
        attempt: progress.attempts,
        lastAttempt: checkpoint === "always-advances" && progress.attempts >= maxDeliveries,
      };
    },

    receive(trigger) {
      const { partition, indices, attempt, lastAttempt } = trigger;
      const log = state.partitions[partition]!;
      const messages = indices.map((index) => ({ body: log[index]!.body, offset: log[index]!.offset }));
      const place = { source: state.name, partition: String(partition) };
      const delivery: Delivery = { ...place, messages, ordered, attempt, lastAttempt };
      triggers.set(delivery, trigger);
      return delivery;
    },

    answer(delivery, outcome) {
      const trigger = triggers.get(delivery);
      if (trigger === undefined) throw new RangeError("this delivery was not received here");
      const progress = state.progress[trigger.partition]!;
      if (ordered) advance(progress, trigger, outcome);
      else acknowledge(progress, trigger, outcome);
    },
  };

  function oneByOne(partition: number, progress: Progress, end: number): Trigger | undefined {
    const { acknowledged, deliveries } = progress;
    const waiting = range(progress.position, end).filter((index) => !acknowledged.has(index));
    const indices = waiting.slice(0, maxMessages);
    if (indices.length === 0) return undefined;
    for (const index of indices) deliveries.set(index, (deliveries.get(index) ?? 0) + 1);
    const attempt = Math.max(...indices.map((index) => deliveries.get(index)!));
    return { partition, indices, attempt, lastAttempt: false };
  }
}

/** Up to the first message that must come again. A late answer of an earlier delivery moves nothing back. */
function advance(progress: Progress, { indices }: Trigger, { firstRetry }: BatchOutcome): void {
  const to = firstRetry === -1 ? indices.at(-1)! + 1 : indices[firstRetry]!;
  // On its last attempt such a source would go on; the adapter then ends its host instead, so that nothing is lost.
  if (to <= progress.position) return;
  progress.position = to;
  if (to >= progress.attemptTo) progress.attempts = 0;
}

function acknowledge(progress: Progress, { indices }: Trigger, { messages }: BatchOutcome): void {
  for (const [i, index] of indices.entries()) if (messages[i] === "done") progress.acknowledged.add(index);
  while (progress.acknowledged.delete(progress.position)) progress.position++;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
