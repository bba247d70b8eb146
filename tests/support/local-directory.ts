import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Pipeline, seededRandom } from "sluice";
import { type LocalDatabase, openLocal } from "../../adapters/local";
import { type ManualClock, manualClock } from "./manual-clock";
import { testPipeline } from "./records";

export interface LocalDirectory {
  readonly directory: string;
  readonly clock: ManualClock;
  /** One more process's view of it. */
  open(pipeline?: Pipeline): LocalDatabase;
  /** Locks the files whose name begins so against writing; the answer unlocks them. */
  lock(...prefixes: string[]): () => Promise<void>;
  remove(): Promise<void>;
}

/** Memory where there is some to write to: what these tests try does not depend on the disk, and they open it often. */
const BASE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A database directory of its own, and who has opened it. */
export function localDirectory(clock: ManualClock = manualClock()): LocalDirectory {
  const directory = mkdtempSync(path.join(BASE, "sluice-test-"));
  const random = seededRandom(1);
  const opened: LocalDatabase[] = [];
  const locks: DatabaseSync[] = [];
  const unlock = (connections: readonly DatabaseSync[]) => {
    for (const connection of connections) if (connection.isOpen) connection.close();
  };

  return {
    directory,
    clock,
    open(pipeline = testPipeline) {
      const database = openLocal({ directory, pipeline, clock, random, busyTimeoutMs: 1 });
      opened.push(database);
      return database;
    },
    lock(...prefixes) {
      // Files are made when they are first needed.
      for (const database of opened) database.stats();
      const names = readdirSync(directory).filter((name) => name.endsWith(".db"));
      const held = names
        .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)))
        .map((name) => new DatabaseSync(path.join(directory, name)));
      for (const connection of held) connection.exec("BEGIN IMMEDIATE");
      locks.push(...held);
      return async () => unlock(held);
    },
    async remove() {
      unlock(locks);
      for (const database of opened) await database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
