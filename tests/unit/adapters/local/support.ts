import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach } from "@jest/globals";
import { decodeEnvelope, type PublishBatch, partitionOf, seededRandom } from "sluice";
import { type Claim, type LocalDatabase, type LocalOptions, openLocal } from "../../../../adapters/local";
import { type Files, openFiles } from "../../../../adapters/local/sqlite/files";
import { manualClock } from "../../../support/manual-clock";
import { testPipeline } from "../../../support/records";

/** With exactly the fields these tests write. */
export const localPipeline = { ...testPipeline, predictionNames: ["score", "suspicious", "amount"] };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A directory that goes away after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-local-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A database that is closed after the test. One partition unless said otherwise. */
export function database(options: Partial<LocalOptions> = {}): LocalDatabase {
  const opened = openLocal({
    directory: options.directory ?? temporaryDirectory(),
    pipeline: localPipeline,
    clock: manualClock({ auto: false }),
    random: seededRandom(1),
    busyTimeoutMs: 50,
    ...options,
  });
  cleanups.push(() => opened.close());
  return opened;
}

/** Another connection to the same files, as a second process has it. */
export function filesOf(directory: string, overrides: Partial<Parameters<typeof openFiles>[0]> = {}): Files {
  const files = openFiles({
    directory,
    pipeline: localPipeline,
    partitions: undefined,
    clock: manualClock({ auto: false }),
    random: seededRandom(2),
    busyTimeoutMs: 50,
    create: true,
    ...overrides,
  });
  cleanups.push(() => files.close());
  return files;
}

/** Events `from`, `from + 1` ... of one key, as text. */
export function publishing(count: number, { from = 0, key = "k", ...rest }: Partial<Publishing> = {}): PublishBatch {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  return { keys: numbers.map(() => key), bodies: numbers.map((number) => `event ${number}`), ...rest };
}

interface Publishing {
  from: number;
  key: string;
  producer: PublishBatch["producer"];
}

/** A key of each partition. */
export function keysOf(partitions: number): string[] {
  const keys: string[] = [];
  for (let i = 0; keys.filter(Boolean).length < partitions; i++)
    keys[partitionOf(`key-${i}`, partitions)] ??= `key-${i}`;
  return keys;
}

/** Takes the write lock of a file, as another process in a transaction has it. Returns what gives it back. */
export function locked(file: string): () => void {
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");
  return () => {
    other.exec("ROLLBACK");
    other.close();
  };
}

/** Two workers of one group, each with connections of its own, on one clock; one event per message. */
export function pair(partitions: number, leaseMs = 1_000) {
  const clock = manualClock({ auto: false });
  const directory = temporaryDirectory();
  const db = database({ directory, partitions, clock, ingest: { maxEventsPerMessage: 1 } });
  const other = database({ directory, clock });
  return { clock, directory, db, first: db.consumer({ leaseMs }), second: other.consumer({ leaseMs }), other };
}

/** The events of a claim, as text. */
export function eventsOf(claim: Claim | undefined): string[] {
  return (claim?.messages ?? []).flatMap(({ body }) => (decodeEnvelope(body)?.events ?? []).map(String));
}
