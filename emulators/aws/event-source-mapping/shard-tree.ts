import { setMaxListeners } from "node:events";
import type { MappingContext } from "./batch";
import { consumeShard, type ShardConsumer, sequenceOf } from "./shard";
import type { Position, ShardInfo, StreamSource } from "./source";

/** All shards of a stream. A shard starts when all its parents are finished, so that order holds across resharding. */
export interface ShardTree {
  start(): void;
  stop(): Promise<void>;
  drained(): Promise<void>;
  isDrained(): boolean;
  checkpoints(): Readonly<Record<string, string>>;
}

export interface ShardTreeOptions {
  source: StreamSource;
  context: MappingContext;
  pollMs: number;
}

interface Known extends ShardInfo {
  from: Position;
  done: boolean;
}

interface Run {
  controller: AbortController;
  consumers: Map<string, ShardConsumer>;
  /** Listing of shards that is under way. */
  discovering: Promise<void> | undefined;
}

export function createShardTree({ source, context, pollMs }: ShardTreeOptions): ShardTree {
  const shards = new Map<string, Known>();
  const waiters = new Set<PromiseWithResolvers<void>>();
  let run: Run | undefined;

  const isDrained = () => {
    if (!run || run.discovering) return false;
    const open = [...shards.values()].filter(({ done }) => !done);
    return open.every(({ shardId }) => run?.consumers.get(shardId)?.drained() ?? false);
  };
  const discover = async (current: Run) => {
    const { signal } = current.controller;
    const listed = await listShards(source, context, signal);
    const first = shards.size === 0;
    for (const shard of listed) {
      const known = shards.get(shard.shardId);
      // A shard that comes later is a child, and LATEST would skip what it got before it was seen.
      const from = first ? context.settings.startingPosition : "TRIM_HORIZON";
      const skip = first && from === "LATEST" && shard.closed;
      if (!known) shards.set(shard.shardId, { ...shard, from, done: skip });
    }
    startReady(current);
  };
  const startReady = (current: Run) => {
    const { signal } = current.controller;
    for (const shard of shards.values()) {
      const { shardId, from } = shard;
      const ready = shard.parents.every((parent) => shards.get(parent)?.done ?? true);
      if (shard.done || !ready || current.consumers.has(shardId) || signal.aborted) continue;
      const changed = () => onChange(current);
      const consumer = consumeShard({ shardId, from, source, context, pollMs, signal, changed, crashed });
      current.consumers.set(shardId, consumer);
    }
  };
  const onChange = (current: Run) => {
    const finished = [...shards.values()].filter(
      ({ shardId, done }) => !done && current.consumers.get(shardId)?.finished(),
    );
    for (const shard of finished) shard.done = true;
    if (finished.length > 0) look(current);
    if (!isDrained()) return;
    release((waiter) => waiter.resolve());
  };
  const look = (current: Run) => {
    const listing = (current.discovering ?? Promise.resolve()).then(() => discover(current));
    const over = () => {
      if (current.discovering === settled) current.discovering = undefined;
      onChange(current);
    };
    const settled: Promise<void> = listing.then(over, (thrown) => {
      if (!current.controller.signal.aborted) crashed(thrown);
    });
    current.discovering = settled;
  };
  const release = (settle: (waiter: PromiseWithResolvers<void>) => void) => {
    for (const waiter of waiters) settle(waiter);
    waiters.clear();
  };
  const crashed = (thrown: unknown) => {
    run?.controller.abort(thrown);
    release((waiter) => waiter.reject(thrown));
  };

  return {
    start: () => {
      if (run) return;
      run = { controller: new AbortController(), consumers: new Map(), discovering: undefined };
      // Each lane and shard waits on it.
      setMaxListeners(0, run.controller.signal);
      look(run);
    },
    stop: async () => {
      const current = run;
      if (!current) return;
      current.controller.abort(new Error("the mapping was stopped"));
      await current.discovering;
      for (const [shardId, consumer] of current.consumers) {
        await consumer.stopped();
        const shard = shards.get(shardId);
        if (!shard) continue;
        shard.from = consumer.resume();
        shard.done ||= consumer.finished();
      }
      run = undefined;
      release((waiter) => waiter.reject(current.controller.signal.reason));
    },
    drained: () => {
      if (!run) return Promise.reject(new Error("the mapping is not started"));
      if (run.controller.signal.aborted) return Promise.reject(run.controller.signal.reason);
      for (const consumer of run.consumers.values()) consumer.lookAgain();
      const waiter = Promise.withResolvers<void>();
      waiters.add(waiter);
      return waiter.promise;
    },
    isDrained,
    checkpoints: () => {
      const positions: Record<string, string> = {};
      for (const { shardId, from } of shards.values()) {
        const position = run?.consumers.get(shardId)?.checkpoint() ?? sequenceOf(from);
        if (position !== undefined) positions[shardId] = position;
      }
      return positions;
    },
  };
}

async function listShards(source: StreamSource, context: MappingContext, signal: AbortSignal) {
  for (let failures = 1; ; failures++) {
    try {
      return await source.shards(signal);
    } catch {
      context.stats.sourceErrors++;
      await context.backoff.wait(failures, signal);
    }
  }
}
