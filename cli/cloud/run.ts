import os from "node:os";
import path from "node:path";
import { type LoadedPipeline, loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { systemClock } from "../../adapters/system";
import { ConfigError } from "../../shared/errors";
import { emptyDatabase, HOME, openDatabase } from "../database";
import type { EventSource } from "../events/source";
import { counted } from "../format";
import { openSource, type RunOptions, reportFile } from "../run/begin";
import { conclude } from "../run/conclude";
import { onInterrupt } from "../run/interrupt";
import { nothingProduced, produce } from "../run/produce";
import { createProgress } from "../run/progress";
import { createSamples, type Sample } from "../run/samples";
import { createTally } from "../run/tally";
import { createTerminal, type Terminal } from "../terminal";
import { type Cloud, type EmulatedCloud, startEmulated } from "./emulated";
import { keep } from "./keep";
import { createLedger, type Ledger } from "./ledger";
import { summarizeCloud } from "./summary";

/** The emulators do some thousand events a second, so a first run with fewer than the embedded default takes as long. */
const DEFAULT_COUNT = 10_000;
/** How far the function may be behind: the time from acceptance to done should be the function's, not the queue's. */
const MAX_LAG_EVENTS = 4_000;
const TICK_MS = 100;
const clock = systemClock;

/**
 * `sluice run --cloud`: the same run through a cloud's own path, on this machine and without an account: the function as it
 * would be uploaded, the real SDKs, and emulators that obey the cloud's rules of delivery.
 */
export async function executeCloudRun(cloud: Cloud, options: RunOptions): Promise<void> {
  const terminal = createTerminal(options);
  const loaded = loadPipeline({ file: options.pipeline, model: options.model });
  const { pipeline } = loaded;
  const source = await openSource(options, loaded, DEFAULT_COUNT);
  const directory = await emptied(cloud, options, loaded);
  const workers = options.workers ?? os.availableParallelism();
  const tally = createTally();
  const startedAt = clock.monotonic();
  terminal.note(`Bundling the function and starting ${cloud}'s services on this machine ...`);
  const { inference = "in-process" } = options;
  const { telemetry } = tally;
  const emulated = await startEmulated(cloud, { loaded, workers, inference, telemetry, note: terminal.note });
  const database = await openDatabase({ directory, pipeline });
  const interrupt = onInterrupt({
    onFirst: () => terminal.note("Stopping: what was processed is kept. Ctrl-C again ends at once."),
    onSecond: () => process.exit(1),
  });
  const { signal } = interrupt;
  try {
    introduce(terminal, { cloud, loaded, source, emulated });
    const ledger = createLedger(pipeline);
    const beganAt = clock.monotonic();
    const produced = nothingProduced();
    const samples = await perform({ source, emulated, loaded, ledger, tally, produced, options, signal });
    const interrupted = signal.aborted;
    const elapsedMs = clock.monotonic() - beganAt;
    terminal.note(`Copying what was stored to ${shown(directory)} and looking up each event ...`);
    await keep(emulated.deployment, database, ledger);

    const report = reportFile(options, directory);
    const summary = await summarizeCloud({
      ...{ pipeline, emulated, database, source, produced, tally, ledger, elapsedMs, report, interrupted },
      startupMs: beganAt - startedAt,
      finishedAt: clock.now(),
    });
    if (report) (await import("../report")).writeReport(report, summary, samples);
    conclude(summary, terminal, options);
  } finally {
    interrupt.dispose();
    source.close();
    await emulated.close();
    await database.close();
  }
}

/** An emulated cloud starts empty, and so does what is kept of it. */
async function emptied(cloud: Cloud, { database, fresh }: RunOptions, { pipeline }: LoadedPipeline): Promise<string> {
  const directory = path.resolve(database ?? path.join(HOME, `${pipeline.name}-${cloud}`));
  if (fresh || database === undefined) await emptyDatabase(directory, pipeline);
  const results = await openDatabase({ directory, pipeline });
  try {
    const { predictions, events } = results.stats();
    if (predictions + events === 0) return directory;
  } finally {
    await results.close();
  }
  throw new ConfigError(
    "it holds a pipeline's data already, and a cloud run starts with an empty one.",
    `directory ${shown(directory)}`,
    "Name another with `--database`, or empty it with `--fresh`.",
  );
}

interface PerformOptions {
  source: EventSource;
  emulated: EmulatedCloud;
  loaded: LoadedPipeline;
  ledger: Ledger;
  tally: ReturnType<typeof createTally>;
  produced: ReturnType<typeof nothingProduced>;
  options: RunOptions;
  signal: AbortSignal;
}

/** Sends everything and waits until the function has acknowledged it, or someone interrupts. */
async function perform(parts: PerformOptions): Promise<readonly Sample[]> {
  const { source, emulated, loaded, ledger, tally, produced, options, signal } = parts;
  const { ingest, deadLetters, partitions } = emulated.deployment;
  const progress = createProgress();
  const samples = createSamples();
  const beganAt = clock.monotonic();
  const tick = () => {
    const { stored, deadLettered } = tally.dump();
    const processed = tally.processed();
    const elapsed = clock.monotonic() - beganAt;
    samples.add({ at: elapsed, processed, deadLettered, waiting: Math.max(0, produced.accepted - processed) });
    progress.update({ processed, before: 0, total: source.count, stored, deadLettered }, elapsed);
  };
  const timer = setInterval(tick, TICK_MS);
  try {
    const target = { ingest: noted(ingest, ledger), deadLetters, partitions };
    const lag = () => produced.accepted - produced.tooLong - tally.processed();
    const { rate } = options;
    await produce(
      {
        ...{ source, target, pipeline: loaded.pipeline, producer: `cloud-run`, rate, lag, clock, signal },
        maxLagEvents: MAX_LAG_EVENTS,
      },
      produced,
    );
    await emulated.drained(signal);
    tick();
    return samples.list();
  } finally {
    clearInterval(timer);
    progress.stop();
  }
}

/** Notes what is sent, so that each event can be looked up afterwards. */
function noted(ingest: EmulatedCloud["deployment"]["ingest"], ledger: Ledger): typeof ingest {
  return {
    ...ingest,
    publish: async (batch, options) => {
      const report = await ingest.publish(batch, options);
      const failed = new Set(report.failures.map(({ index }) => index));
      ledger.sent(failed.size === 0 ? batch.bodies : batch.bodies.filter((_, index) => !failed.has(index)));
      return report;
    },
  };
}

function introduce(
  { note }: Terminal,
  parts: { cloud: Cloud; loaded: LoadedPipeline; source: EventSource; emulated: EmulatedCloud },
): void {
  const { pipeline, file, modelFile } = parts.loaded;
  const { outputs, workers, partitions } = parts.emulated;
  note(
    `${pipeline.name}: ${parts.source.description} -> ${outputs.ingest} -> ${outputs.function} (${pipeline.featureNames.length} features, ${path.basename(modelFile)}) -> ${outputs.store}`,
  );
  note(`  pipeline  ${shown(file)}`);
  note(
    `  cloud     ${parts.cloud}, emulated on this machine: ${counted(partitions, "partition")}, ${counted(workers, "function instance")}`,
  );
}
