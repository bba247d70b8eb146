import { type MappingContext, processBatch } from "./batch";
import { createCheckpoint } from "./checkpoint";
import { createLane, laneOf } from "./lane";
import type { Page, Position, ShardReader, StreamRecord, StreamSource } from "./source";

/** Most records of one GetRecords call. */
const PAGE = 10_000;
/** How far to read ahead of the checkpoint while one lane is held up. */
const MAX_PENDING_RECORDS = 10_000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

export interface ShardConsumer {
  /** Sequence number up to which everything is done. */
  checkpoint(): string | undefined;
  /** Where the next run has to start, so that no record is missed. */
  resume(): Position;
  /** Closed, read to its end, and everything done. */
  finished(): boolean;
  /** Everything that was there at the last look is done, and that look was after the last `lookAgain`. */
  drained(): boolean;
  lookAgain(): void;
  /** Resolves when nothing runs any more, after the signal has aborted or the shard has finished. */
  stopped(): Promise<void>;
}

export interface ShardConsumerOptions {
  shardId: string;
  from: Position;
  source: StreamSource;
  context: MappingContext;
  pollMs: number;
  signal: AbortSignal;
  /** Something may have become drained or finished. */
  changed: () => void;
  /** A fault in the emulator itself: not of the function, the stream or the destination. */
  crashed: (thrown: unknown) => void;
}

/** Reads one shard and deals its records to the lanes. */
export function consumeShard(options: ShardConsumerOptions): ShardConsumer {
  const { shardId, context, signal, changed } = options;
  const { parallelizationFactor, batchSize } = context.settings;
  const checkpoint = createCheckpoint(sequenceOf(options.from));
  const maxPending = Math.max(MAX_PENDING_RECORDS, 2 * batchSize * parallelizationFactor);
  const openedAt = context.clock.now();
  let ended = false;
  let looked = false;

  const settle = (records: readonly StreamRecord[]) => {
    checkpoint.settle(records);
    changed();
  };
  const process = (records: readonly StreamRecord[]) =>
    processBatch(records, shardId, context, settle, signal).catch((thrown) => {
      if (!signal.aborted) options.crashed(thrown);
    });
  const lanes = Array.from({ length: parallelizationFactor }, () => createLane({ shardId, context, process, signal }));

  const deal = (records: readonly StreamRecord[]) => {
    const dealt = Map.groupBy(records, ({ partitionKey }) => laneOf(partitionKey, lanes.length));
    context.stats.read += records.length;
    checkpoint.open(records);
    for (const [lane, part] of dealt) lanes[lane]?.add(part);
  };
  const poll = async () => {
    const read = createReader(options);
    while (!signal.aborted && !ended) {
      const { records, bytes } = checkpoint.pending();
      if (records < maxPending && bytes < MAX_PENDING_BYTES) {
        const page = await read();
        deal(page.records);
        ended = page.ended;
        looked = page.records.length === 0 && !page.behind;
        changed();
        if (page.behind || ended) continue;
      }
      await context.clock.sleep(options.pollMs, signal);
    }
  };
  const polling = poll().catch((thrown) => {
    if (!signal.aborted) options.crashed(thrown);
  });

  const settled = () => checkpoint.pending().records === 0;
  return {
    checkpoint: () => checkpoint.position(),
    resume: () => {
      const after = checkpoint.position();
      // LATEST would skip what came since, while nothing was done yet.
      if (after === undefined) return options.from === "LATEST" ? { at: openedAt } : options.from;
      return { after };
    },
    finished: () => ended && settled(),
    drained: () => (ended || looked) && settled(),
    lookAgain: () => {
      looked = false;
    },
    stopped: async () => {
      await polling;
      for (const lane of lanes) await lane.idle();
    },
  };
}

export function sequenceOf(position: Position): string | undefined {
  return typeof position === "object" && "after" in position ? position.after : undefined;
}

/** Opens the shard and reads page by page; a failed call is repeated, from where the last good one ended. */
function createReader({ shardId, from, source, context, signal }: ShardConsumerOptions): () => Promise<Page> {
  let reader: ShardReader | undefined;
  return async () => {
    for (let failures = 1; ; failures++) {
      try {
        reader ??= await source.open(shardId, from, signal);
        return await reader.read(PAGE, signal);
      } catch {
        context.stats.sourceErrors++;
        await context.backoff.wait(failures, signal);
      }
    }
  };
}
