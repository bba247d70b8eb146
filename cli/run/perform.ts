import type { LocalDatabase } from "../../adapters/local";
import type { LoadedPipeline } from "../../adapters/pipeline-file";
import { systemClock } from "../../adapters/system";
import type { EventSource } from "../events/source";
import { audit } from "./audit";
import { beginRun, lagOf, measure } from "./identity";
import { onInterrupt } from "./interrupt";
import { localTarget, nothingProduced, produce } from "./produce";
import { createProgress } from "./progress";
import { createSamples, type Sample } from "./samples";
import { type RunSummary, summarize } from "./summary";
import { startWorkers } from "./workers";

export interface PerformOptions {
  id: string;
  source: EventSource;
  database: LocalDatabase;
  loaded: LoadedPipeline;
  /** Another model file than the pipeline's. */
  model: string | undefined;
  /** Consumer group. */
  group: string;
  workers: number;
  /** Events per batch. */
  batchEvents: number;
  /** Events per second at most. */
  rate: number | undefined;
  /** Where the report will be; only noted here. */
  report: string | null;
  note(text: string): void;
}

const LEASE_MS = 5_000;
const TICK_MS = 100;
const clock = systemClock;

/** One run from start to end: worker processes consume what this process sends, until all is processed or someone interrupts. */
export async function perform(options: PerformOptions): Promise<{ summary: RunSummary; samples: readonly Sample[] }> {
  const { id, source, database, loaded, group } = options;
  const { pipeline } = loaded;
  // What a pipe has brought cannot be read again, so it is processed to its end; stopping is how a pipe's run ends.
  const isStream = source.identity === undefined;
  const startedAt = clock.monotonic();
  const beginning = beginRun(database, id, group, clock.now());
  const { baseline, isResumed } = beginning;

  const progress = createProgress();
  const workers = startWorkers({
    count: options.workers,
    start: {
      load: { file: loaded.file, model: options.model },
      directory: database.directory,
      group,
      batchEvents: options.batchEvents,
      leaseMs: LEASE_MS,
    },
    onNote: progress.note,
  });
  const interrupt = onInterrupt({
    onFirst: () => {
      progress.note("Stopping: the workers finish what they have begun. Ctrl-C again ends them at once.");
      if (!isStream) workers.stop();
    },
    onSecond: () => workers.kill(),
  });
  const failed = new AbortController();
  workers.ended.catch((error) => failed.abort(error));
  const signal = AbortSignal.any([interrupt.signal, failed.signal]);

  const produced = nothingProduced();
  const samples = createSamples();
  let timer: NodeJS.Timeout | undefined;
  try {
    // Waiting for the model first: a mistake in it is told before anything is sent, and is no part of the latency.
    const model = await Promise.race([workers.ready, workers.ended.then(() => undefined)]);
    if (isResumed) options.note("An earlier attempt of this run was interrupted; this one goes on where it stopped.");
    beginning.note();
    const beganAt = clock.monotonic();
    const before = processedOf(database, group);
    const tick = () => {
      const now = measure(database.stats(), group, clock.now());
      const elapsed = clock.monotonic() - beganAt;
      const processed = now.events - now.waiting - before;
      samples.add({
        at: elapsed,
        processed,
        deadLettered: sum(now.deadLetters) - sum(baseline.deadLetters),
        waiting: now.waiting,
      });
      const share = source.share();
      progress.update(
        {
          processed: now.events - now.waiting - baseline.events + baseline.waiting,
          before: before - baseline.events + baseline.waiting,
          total: source.count ?? (share ? Math.round(produced.received / share) : undefined),
          stored: now.predictions - baseline.predictions,
          deadLettered: sum(now.deadLetters) - sum(baseline.deadLetters),
        },
        elapsed,
      );
    };
    tick();
    timer = setInterval(tick, TICK_MS);
    if (model) {
      const consumer = database.consumer({ group });
      const lag = () => consumer.lag().events;
      const target = localTarget(database);
      await produce({ source, target, pipeline, producer: id, rate: options.rate, lag, clock, signal }, produced);
      if (produced.isComplete || isStream) workers.finish();
    }
    const elapsedMs = Math.max(0, (await workers.ended) - beganAt);
    clearInterval(timer);
    progress.stop();

    const isComplete = (produced.isComplete || isStream) && lagOf(database.stats(), group) === 0;
    const interrupted = interrupt.signal.aborted && !isComplete;
    const summary = await summarize({
      pipeline,
      model: model ?? { version: "", width: 0 },
      database,
      source: source.description,
      group,
      baseline,
      produced,
      tally: workers.tally(),
      isExact: !isResumed && !workers.isDisturbed(),
      audit: () => {
        options.note("Something was interrupted, so each event is looked up in the database ...");
        return audit({ database, pipeline, from: baseline.waiting > 0 ? 0 : baseline.at });
      },
      elapsedMs,
      startupMs: beganAt - startedAt,
      workers: options.workers,
      report: options.report,
      finishedAt: clock.now(),
      interrupted,
    });
    return { summary, samples: samples.list() };
  } finally {
    clearInterval(timer);
    progress.stop();
    interrupt.dispose();
    source.close();
    // Whatever went wrong, no process is left behind.
    workers.stop();
    await workers.ended.catch(() => {});
  }
}

function processedOf(database: LocalDatabase, group: string): number {
  const stats = database.stats();
  return stats.events - lagOf(stats, group);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
