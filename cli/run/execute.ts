import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type LoadedPipeline, loadPipeline } from "../../adapters/pipeline-file";
import { shown } from "../../adapters/shown";
import { databaseDirectory, emptyDatabase, openDatabase } from "../database";
import type { EventSource } from "../events/source";
import { counted, moment } from "../format";
import { createTerminal, type Terminal } from "../terminal";
import { openSource, type RunOptions, reportFile } from "./begin";
import { conclude } from "./conclude";
import { producerId } from "./identity";
import { perform } from "./perform";
import type { RunSummary } from "./summary";

/** Consumers of `run` and, unless told otherwise, of `work`: they share the partitions. */
export const GROUP = "default";

const DEFAULT_COUNT = 150_000;
const DEFAULT_PARTITIONS = 2;
const DEFAULT_BATCH = 1_000;

export async function executeRun(options: RunOptions): Promise<void> {
  const terminal = createTerminal(options);
  const loaded = loadPipeline({ file: options.pipeline, model: options.model });
  const { pipeline } = loaded;
  const directory = databaseDirectory(pipeline, options.database);
  // Before anything is created or deleted, so that a mistake changes nothing.
  const source = await openSource(options, loaded, DEFAULT_COUNT);
  if (options.fresh) await emptyDatabase(directory, pipeline);
  const database = await openDatabase({ directory, pipeline, partitions: partitionsFor(options, directory) });
  try {
    const id = producerId(pipeline, source);
    const earlier = database.runs.find(id);
    if (earlier?.finishedAt !== undefined) {
      const { events, predictions } = database.stats();
      terminal.print(
        `This run finished at ${moment(earlier.finishedAt)}, so nothing was sent: every event is in the database already (${counted(events, "event")} and ${counted(predictions, "prediction")} now). --fresh starts over.`,
      );
      const summary = earlier.summary as RunSummary;
      return conclude({ ...summary, alreadyAccepted: summary.accepted, alreadyFinished: true }, terminal, options);
    }

    const workers = options.workers ?? Math.min(os.availableParallelism(), database.partitions);
    introduce(terminal, { loaded, source, directory, workers, partitions: database.partitions });
    const { summary, samples } = await perform({
      id,
      source,
      database,
      loaded,
      model: options.model,
      group: GROUP,
      workers,
      batchEvents: options.batch ?? DEFAULT_BATCH,
      rate: options.rate,
      report: reportFile(options, directory),
      note: terminal.note,
    });
    if (summary.report) (await import("../report")).writeReport(summary.report, summary, samples);
    if (!summary.interrupted && summary.conservation.holds) database.runs.finish(id, summary);
    conclude(summary, terminal, options);
  } finally {
    await database.close();
  }
}

/** A database that is there keeps what it has; a new one gets a partition for each worker. */
function partitionsFor({ partitions, workers = 1 }: RunOptions, directory: string): number | undefined {
  if (partitions !== undefined || existsSync(path.join(directory, "control.db"))) return partitions;
  return Math.max(DEFAULT_PARTITIONS, workers);
}

function introduce(
  { note }: Terminal,
  {
    loaded,
    source,
    directory,
    workers,
    partitions,
  }: {
    loaded: LoadedPipeline;
    source: EventSource;
    directory: string;
    workers: number;
    partitions: number;
  },
): void {
  const { pipeline, file, modelFile } = loaded;
  note(
    `${pipeline.name}: ${source.description} -> validate -> ${pipeline.featureNames.length} features -> ${path.basename(modelFile)} -> store`,
  );
  note(`  pipeline  ${shown(file)}`);
  note(`  database  ${shown(directory)}`);
  note(`  workers   ${workers === 1 ? "1 process" : `${workers} processes`} on ${counted(partitions, "partition")}`);
  if (workers > partitions) note(`  Only ${partitions} of the workers can have a partition; the others stand by.`);
}
