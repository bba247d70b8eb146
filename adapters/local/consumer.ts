import type { Message } from "../../shared/delivery";
import { ConfigError, SluiceError, type Stage } from "../../shared/errors";
import { type Checkpoint, checkpoints, fence, save } from "./sqlite/checkpoints";
import { sqliteError } from "./sqlite/errors";
import type { Files } from "./sqlite/files";
import { createLeases, type Held } from "./sqlite/leases";
import { head, readAfter } from "./sqlite/log";

export interface ConsumerOptions {
  /** Workers of one group share the partitions; each group reads every event. Default `default`. */
  group?: string | undefined;
  /** For people to read; need not be unique. */
  worker?: string | undefined;
  /** Within this time the partitions of a worker that has died belong to another one. Default 5000. */
  leaseMs?: number | undefined;
  /** Events per claim, unless a single message holds more. Default 1000: as many as one call of the model takes. */
  batchEvents?: number | undefined;
}

/** A batch of one partition, to be processed and then checkpointed by the same consumer. */
export interface Claim {
  partition: number;
  epoch: number;
  messages: readonly (Message & { position: number; total: number })[];
  /** How often these messages were delivered, this time included; counted in the store, so across restarts. */
  attempt: number;
}

/** One worker's part in a consumer group. One claim per partition at a time. */
export interface Consumer {
  readonly group: string;
  /** Name of the pipeline: the source in every position. */
  readonly source: string;
  /** How often `balance` and `renew` want to be called. */
  readonly heartbeatMs: number;
  /** Partitions held now. */
  owned(): readonly number[];
  /** Heartbeat; gives partitions to workers that have too few and takes free ones. Call between batches. */
  balance(): readonly number[];
  /** Heartbeat alone, for while a batch runs. */
  renew(): void;
  /** What comes next in a held partition; undefined if there is nothing new or it is not held. */
  claim(partition: number): Claim | undefined;
  /** The next claim of any held partition but those to be skipped, in turn. */
  next(skip?: (partition: number) => boolean): Claim | undefined;
  /**
   * The first `done` messages of a claim are processed; the others come again.
   * @throws SluiceError `lease-lost` if the partition has gone to another worker: nothing has moved then.
   */
  checkpoint(claim: Claim, done: number): void;
  /** What this group has not processed yet, in all partitions, whoever holds them. */
  lag(): { messages: number; events: number };
  /** Gives the partitions back, so that others need not wait for the lease to end. */
  release(): void;
}

/** Others count a worker as dead after this part of leaseMs, and look that often: together less than one leaseMs. */
const EXPIRY = 0.7;
const HEARTBEAT = 0.2;

let consumers = 0;

interface Owned {
  epoch: number;
  checkpoint: Checkpoint;
}

export function createConsumer(files: Files, options: ConsumerOptions = {}): Consumer {
  const { group = "default", worker = "worker", leaseMs = 5_000, batchEvents = 1_000 } = options;
  const { partitions, clock, random, control } = files;
  // Process ids come again and so may random numbers of a seed; both and a counter do not.
  const unique = `${worker}/${process.pid}/${++consumers}/${random().toString(36).slice(2)}`;
  const leases = createLeases({ control, group, worker: unique, partitions, expiryMs: leaseMs * EXPIRY, clock });
  const held = new Map<number, Owned>();
  let turn = 0;

  const within = <T>(stage: Stage, file: string, run: () => T): T => {
    try {
      return run();
    } catch (thrown) {
      throw sqliteError(thrown, { stage, adapter: "local/consumer", file });
    }
  };

  const hold = (now: Held) => {
    for (const [partition, { epoch }] of held) if (now.get(partition) !== epoch) held.delete(partition);
    for (const [partition, epoch] of now) {
      if (held.has(partition)) continue;
      const checkpoint = within("preprocess", files.store(partition).file, () =>
        fence(files.store(partition), group, epoch),
      );
      if (!checkpoint) continue;
      checkComplete(files, partition, checkpoint);
      held.set(partition, { epoch, checkpoint });
    }
  };

  const record = (partition: number, epoch: number, checkpoint: Checkpoint): boolean => {
    const store = files.store(partition);
    const saved = within("preprocess", store.file, () => save(store, group, epoch, checkpoint));
    if (saved) held.set(partition, { epoch, checkpoint });
    else held.delete(partition);
    return saved;
  };

  const claim = (partition: number): Claim | undefined => {
    const owned = held.get(partition);
    if (!owned) return undefined;
    const { position, total, attempts, attemptTo } = owned.checkpoint;
    // A batch that comes again ends where it ended before, so that its count of attempts is true of each message.
    const again = attempts > 0 && attemptTo > position;
    const log = files.log(partition);
    const last = again ? attemptTo : Number.MAX_SAFE_INTEGER;
    const rows = within("preprocess", log.file, () => readAfter(log, position, last, batchEvents));
    const end = rows.at(-1);
    if (!end) return undefined;

    const attempt = again ? attempts + 1 : 1;
    // Counted before the batch runs: one that kills its worker must not look new every time.
    const counted = { position, total, attempts: attempt, attemptTo: Math.max(again ? attemptTo : 0, end.position) };
    if (!record(partition, owned.epoch, counted)) return undefined;
    const messages = rows.map((row) => ({
      body: row.body,
      offset: String(row.position),
      position: row.position,
      total: row.total,
    }));
    return { partition, epoch: owned.epoch, messages, attempt };
  };

  return {
    group,
    source: files.name,
    heartbeatMs: leaseMs * HEARTBEAT,
    owned: () => [...held.keys()],
    balance: () => {
      const epochs = new Map([...held].map(([partition, { epoch }]) => [partition, epoch]));
      hold(within("preprocess", control.file, () => leases.balance(epochs)));
      return [...held.keys()];
    },
    renew: () => {
      if (!within("preprocess", control.file, () => leases.renew())) held.clear();
    },
    claim,
    next: (skip = () => false) => {
      for (let i = 0; i < partitions; i++) {
        const partition = (turn + i) % partitions;
        if (!held.has(partition) || skip(partition)) continue;
        const found = claim(partition);
        if (!found) continue;
        turn = partition + 1;
        return found;
      }
      return undefined;
    },
    checkpoint: ({ partition, epoch, messages, attempt }, done) => {
      const owned = held.get(partition);
      if (owned?.epoch !== epoch) throw lost(partition, epoch);
      const { position, total } = done > 0 ? (messages[done - 1] ?? owned.checkpoint) : owned.checkpoint;
      const { attemptTo } = owned.checkpoint;
      // What is left of an earlier, longer delivery counts this one again when it is claimed.
      const attempts = done < messages.length ? attempt : position < attemptTo ? attempt - 1 : 0;
      if (!record(partition, epoch, { position, total, attempts, attemptTo })) throw lost(partition, epoch);
    },
    lag: () => {
      const sum = { messages: 0, events: 0 };
      for (let partition = 0; partition < partitions; partition++) {
        const done = checkpoints(files.store(partition)).find((entry) => entry.group === group);
        const end = head(files.log(partition));
        sum.messages += end.position - (done?.position ?? 0);
        sum.events += end.total - (done?.total ?? 0);
      }
      return sum;
    },
    release: () => {
      held.clear();
      within("preprocess", control.file, () => leases.leave());
    },
  };
}

/** A log that ends before the checkpoint is not the one that was read: its next events would be skipped silently. */
function checkComplete(files: Files, partition: number, { position }: Checkpoint): void {
  const log = files.log(partition);
  const end = head(log).position;
  if (position <= end) return;
  throw new ConfigError(
    `it ends at message ${end}, but messages up to ${position} have been processed: it was deleted or is an older copy.`,
    log.file,
    "Restore the whole directory from a copy, or start with a new one.",
  );
}

function lost(partition: number, epoch: number): SluiceError {
  return new SluiceError("lease-lost", "preprocess", "the partition has gone to another worker", {
    adapter: "local/consumer",
    coordinates: { partition, epoch },
  });
}
