import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock, Random } from "../../../shared/clock";
import { ConfigError } from "../../../shared/errors";
import type { Pipeline } from "../../../shared/pipeline";
import { type Db, openDatabase } from "./database";
import { sqliteError } from "./errors";
import { CONTROL, LOG, STORE } from "./schema";

/**
 * The files of one database directory, opened on first use, and what everything that works on them needs:
 *
 *     control.db      who works on which partition; runs
 *     log-<p>.db      events of partition p: written by producers, read by workers
 *     store-<p>.db    predictions, dead letters, actions and checkpoints of partition p: written by the worker that has it
 *
 * SQLite has one writer per file. With these, a producer and a worker never wait for each other, nor do two workers.
 */
export interface Files {
  readonly directory: string;
  /** Name of the pipeline the database belongs to. */
  readonly name: string;
  /** Undefined where the database was opened only to look at it. */
  readonly pipeline: Pipeline | undefined;
  readonly partitions: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly control: Db;
  log(partition: number): Db;
  store(partition: number): Db;
  close(): void;
}

export interface FilesOptions {
  directory: string;
  pipeline: Pipeline | undefined;
  partitions: number | undefined;
  clock: Clock;
  random: Random;
  busyTimeoutMs: number;
  create: boolean;
}

const DEFAULT_PARTITIONS = 2;

/** Each partition costs two files and their connections; far more than cores gains nothing. */
const MOST_PARTITIONS = 256;

/** @throws ConfigError if the directory holds no database of this pipeline, or cannot be used. */
export function openFiles(options: FilesOptions): Files {
  const { directory, pipeline, busyTimeoutMs } = options;
  checkPartitions(options);
  const controlFile = join(directory, "control.db");
  const creator = options.create ? pipeline : undefined;
  if (!creator && !existsSync(controlFile)) throw missing(directory);
  if (creator) createDirectory(directory);

  const open = (file: string, ...[schema, synchronous, identity, expected]: FileArguments) => {
    try {
      return openDatabase({ file, schema, synchronous, busyTimeoutMs, identity, expected });
    } catch (error) {
      throw sqliteError(error, { stage: "engine", adapter: "local", file });
    }
  };

  const wanted = { kind: "control", ...(pipeline && { pipeline: pipeline.name }) };
  const created = creator && {
    ...wanted,
    partitions: options.partitions ?? DEFAULT_PARTITIONS,
    createdAt: options.clock.now(),
  };
  // FULL: after a power loss an epoch must not be given out again. It is written a few times a second.
  const control = open(controlFile, CONTROL, "FULL", created, wanted);
  const name = String(control.identity["pipeline"]);
  const partitions = Number(control.identity["partitions"]);
  if (options.partitions !== undefined && options.partitions !== partitions) {
    control.close();
    throw new ConfigError(
      `it has ${partitions} partitions, which are fixed when a database is created, and ${options.partitions} were asked for.`,
      directory,
      "Leave the number of partitions out, or use a new directory.",
    );
  }

  const opened = new Map<string, Db>();
  const partitionFile = (kind: "log" | "store", partition: number, schema: string, synchronous: "FULL" | "NORMAL") => {
    const file = join(directory, `${kind}-${partition}.db`);
    const known = opened.get(file);
    if (known) return known;
    const identity = { kind, pipeline: name, partition, createdAt: Number(control.identity["createdAt"]) };
    const db = open(file, schema, synchronous, identity, identity);
    opened.set(file, db);
    return db;
  };

  return {
    directory,
    name,
    pipeline,
    partitions,
    clock: options.clock,
    random: options.random,
    control,
    // FULL: an accepted event is on disk before its producer hears of it.
    log: (partition) => partitionFile("log", partition, LOG, "FULL"),
    // NORMAL: rows, dead letters and the checkpoint share one write-ahead log, of which a power loss can only take the
    // end. So a checkpoint never outlives its effects, and what is lost comes again from the log.
    store: (partition) => partitionFile("store", partition, STORE, "NORMAL"),
    close: () => {
      for (const db of opened.values()) db.close();
      control.close();
    },
  };
}

type FileArguments = [
  schema: string,
  synchronous: "FULL" | "NORMAL",
  identity: Record<string, string | number> | undefined,
  expected: Record<string, string | number>,
];

function checkPartitions({ partitions, directory }: FilesOptions): void {
  if (partitions === undefined) return;
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= MOST_PARTITIONS) return;
  throw new ConfigError(
    `${partitions} is not a number of partitions.`,
    directory,
    `Use a whole number from 1 to ${MOST_PARTITIONS}.`,
  );
}

function missing(directory: string): ConfigError {
  return new ConfigError(
    "there is no database here.",
    directory,
    "Create one with `sluice run`, or name its directory.",
  );
}

function createDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `the directory cannot be created${code ? ` (${code})` : ""}.`,
      directory,
      "Name one in which this user may write.",
      { cause },
    );
  }
}
