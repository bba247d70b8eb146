import { join } from "node:path";
import type { Clock, Random } from "../../shared/clock";
import type { Pipeline } from "../../shared/pipeline";
import type { Archive, Ingest } from "../../shared/ports";
import { lazy } from "../lazy";
import { systemClock, systemRandom } from "../system";
import { type LocalActions, localActions } from "./actions";
import { localArchive } from "./archive";
import { type Consumer, type ConsumerOptions, createConsumer } from "./consumer";
import { type LocalDeadLetters, localDeadLetters } from "./deadletter";
import { type LocalIngestOptions, localIngest } from "./ingest";
import { measureQuality, type QualityFields } from "./quality";
import { type Retained, type RetainOptions, retain } from "./retention";
import { openFiles } from "./sqlite/files";
import { createRuns, type Runs } from "./sqlite/runs";
import { type LocalStats, readStats } from "./stats";
import { type LocalStore, localStore } from "./store";
import type { Quality } from "./tally";

export interface LocalOptions {
  /** The database is this directory. */
  directory: string;
  /** Needed to create a database and to write predictions; without it one can look, send and redrive. */
  pipeline?: Pipeline | undefined;
  /** Only when the database is created; fixed from then on. Default 2: one per core of a small machine. */
  partitions?: number | undefined;
  clock?: Clock | undefined;
  random?: Random | undefined;
  /** How long a call waits for another process's lock before it fails as `unavailable`. Default 5000. */
  busyTimeoutMs?: number | undefined;
  /** Whether to create a database that is not there. Default true, given a pipeline. */
  create?: boolean | undefined;
  ingest?: LocalIngestOptions | undefined;
}

/** A durable partitioned log and everything that becomes of its events, in one directory that several processes may share. */
export interface LocalDatabase {
  readonly directory: string;
  /** The pipeline the database belongs to. */
  readonly name: string;
  readonly partitions: number;
  readonly ingest: Ingest;
  readonly store: LocalStore;
  readonly deadLetters: LocalDeadLetters;
  readonly actions: LocalActions;
  readonly archive: Archive;
  readonly runs: Runs;
  consumer(options?: ConsumerOptions): Consumer;
  /** Where everything stands. Cheap enough for a progress bar. */
  stats(): LocalStats;
  /** Deletes log messages that are old and processed by every group. */
  retain(options: RetainOptions): Promise<Retained>;
  /** Predictions against the truth that events carried. Reads every row. */
  quality(fields: QualityFields): Quality;
  close(): Promise<void>;
}

/** @throws ConfigError if the directory cannot be used or holds something else. */
export function openLocal(options: LocalOptions): LocalDatabase {
  const files = openFiles({
    directory: join(options.directory),
    pipeline: options.pipeline,
    partitions: options.partitions,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    busyTimeoutMs: options.busyTimeoutMs ?? 5_000,
    create: options.create ?? true,
  });
  const ingest = lazy(() => localIngest(files, options.ingest));
  const store = lazy(() => localStore(files));
  const deadLetters = lazy(() => localDeadLetters(files));
  const actions = lazy(() => localActions(files));
  const archive = lazy(() => localArchive(files));
  const runs = lazy(() => createRuns(files));

  return {
    directory: files.directory,
    name: files.name,
    partitions: files.partitions,
    get ingest() {
      return ingest();
    },
    get store() {
      return store();
    },
    get deadLetters() {
      return deadLetters();
    },
    get actions() {
      return actions();
    },
    get archive() {
      return archive();
    },
    get runs() {
      return runs();
    },
    consumer: (consumerOptions) => createConsumer(files, consumerOptions),
    stats: () => readStats(files),
    retain: (retainOptions) => retain(files, retainOptions),
    quality: (fields) => measureQuality(files, fields),
    close: async () => files.close(),
  };
}

export type { LocalActions } from "./actions";
export type { Claim, Consumer, ConsumerOptions } from "./consumer";
export type { LocalDeadLetters } from "./deadletter";
export { localPreprocess } from "./preprocess";
export type { QualityFields } from "./quality";
export type { Retained, RetainOptions } from "./retention";
export type { Run, Runs } from "./sqlite/runs";
export type { LocalStats, PartitionStats } from "./stats";
export type { LocalStore } from "./store";
export type { ConfusionCell, Quality, ScoreHistogram } from "./tally";
