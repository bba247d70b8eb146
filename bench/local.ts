import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openLocal } from "../adapters/local";
import pipeline, { generate } from "../examples/card-fraud/pipeline";
import type { Drained } from "./local-drain";
import { median } from "./measure";
import { output, script } from "./spawn";

export const CARD_FRAUD = path.join(__dirname, "..", "examples", "card-fraud");

/** Not one of the seeds that the example's model was trained or tested on. */
const SEED = 42;

/** As `sluice run` starts its workers. */
const WORKER_FLAGS = ["--max-semi-space-size=16"];

export interface RunResult {
  events: number;
  /** Medians, events or rows per second. */
  runPerSecond: number;
  appendPerSecond: number;
  /** The same pipeline by hand in one process, without a log or any guarantee. */
  handPerSecond: number;
  /** Median over rounds of append time / run time per event: 0.5 is half as fast as the bare append. */
  ratio: number;
  /** The same of the hand-written pipeline: the most that can be had in one process. */
  handRatio: number;
}

export interface ScaleResult {
  events: number;
  onePerSecond: number;
  twoPerSecond: number;
  /** Median over rounds of one worker's time / two workers' time. */
  ratio: number;
  /** The same for work that shares and writes nothing: the most that this machine's cores allow. */
  machine: number;
}

export interface FlatResult {
  /** Microseconds per event and resident memory around 10^4, 10^5 and 10^6 events of one run; medians of the windows there. */
  at: { events: number; us: number; rssMb: number }[];
}

/** `sluice run`, all of it, against appending the same rows to SQLite with no pipeline. */
export async function benchRun(events = 300_000, rounds = 5): Promise<RunResult> {
  const times: { run: number; append: number; hand: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    await inTemporary(async (directory) => {
      const database = path.join(directory, "run");
      const run = await sluiceRun(database, events);
      const append = Number(await script("local-append.ts", [database, path.join(directory, "plain.db")]));
      const hand = Number(await script("local-hand.ts", [String(events), path.join(directory, "hand.db")]));
      times.push({ run: run.elapsedMs / events, append: append / run.stored, hand: hand / events });
    });
  }
  return {
    events,
    runPerSecond: 1_000 / median(times.map(({ run }) => run)),
    appendPerSecond: 1_000 / median(times.map(({ append }) => append)),
    handPerSecond: 1_000 / median(times.map(({ hand }) => hand)),
    ratio: median(times.map(({ run, append }) => append / run)),
    handRatio: median(times.map(({ hand, append }) => append / hand)),
  };
}

/** Two worker processes on two partitions against one worker on both. */
export async function benchScale(events = 400_000, rounds = 5): Promise<ScaleResult> {
  const times: { one: number; two: number; machine: number }[] = [];
  for (let round = 0; round < rounds; round++)
    times.push({ one: await drainTime(events, 1), two: await drainTime(events, 2), machine: await machineRatio() });
  return {
    events,
    onePerSecond: (events * 1_000) / median(times.map(({ one }) => one)),
    twoPerSecond: (events * 1_000) / median(times.map(({ two }) => two)),
    ratio: median(times.map(({ one, two }) => one / two)),
    machine: median(times.map(({ machine }) => machine)),
  };
}

/** Work done per second by two processes / by one, where both have the same to do. */
async function machineRatio(): Promise<number> {
  const parse = async () => Number(await script("local-parse.ts", [], { input: "go\n" }));
  const alone = await parse();
  return (2 * alone) / Math.max(...(await Promise.all([parse(), parse()])));
}

/** One worker, one partition, a million events: what an event costs early and late. */
export async function benchFlat(events = 1_000_000): Promise<FlatResult> {
  return inTemporary(async (directory) => {
    await fill(directory, events, 1);
    const [drained] = await drain(directory, 1);
    // The first windows pay for compilation; after them a tenth of the range around each mark is enough for a median.
    const marks = [
      [20_000, 60_000],
      [80_000, 160_000],
      [events * 0.9, events],
    ] as const;
    return {
      at: marks.map(([from, to]) => {
        const inside = drained!.windows.filter(({ events: done }) => done > from && done <= to);
        return { events: to, us: median(inside.map(({ us }) => us)), rssMb: median(inside.map(({ rssMb }) => rssMb)) };
      }),
    };
  });
}

async function drainTime(events: number, workers: number): Promise<number> {
  return inTemporary(async (directory) => {
    await fill(directory, events, 2);
    const drained = await drain(directory, workers);
    return Math.max(...drained.map(({ endedAt }) => endedAt)) - Math.min(...drained.map(({ startedAt }) => startedAt));
  });
}

async function fill(directory: string, events: number, partitions: number): Promise<void> {
  const database = openLocal({ directory, pipeline, partitions });
  const flush = async (keys: string[], bodies: (string | Uint8Array)[]) => {
    const { failures } = await database.ingest.publish({ keys, bodies });
    if (failures.length > 0) throw failures[0]!.error;
  };
  let keys: string[] = [];
  let bodies: (string | Uint8Array)[] = [];
  for (const { key, body } of generate({ seed: SEED, count: events })) {
    keys.push(key);
    if (bodies.push(body) < 5_000) continue;
    await flush(keys, bodies);
    keys = [];
    bodies = [];
  }
  await flush(keys, bodies);
  await database.close();
}

/** Starts the workers, lets all of them load their model, and sets them off together. */
function drain(directory: string, workers: number): Promise<Drained[]> {
  return Promise.all(
    Array.from(
      { length: workers },
      async () =>
        JSON.parse(await script("local-drain.ts", [directory], { input: "go\n", flags: WORKER_FLAGS })) as Drained,
    ),
  );
}

async function sluiceRun(database: string, events: number): Promise<{ elapsedMs: number; stored: number }> {
  const command = ["run", "--count", String(events), "--seed", String(SEED)];
  const bin = path.join(__dirname, "..", "cli", "sluice.cjs");
  return JSON.parse(await output([bin, ...command, "--database", database, "--no-report", "--json"]));
}

async function inTemporary<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-bench-"));
  try {
    return await use(path.join(directory, "database"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
