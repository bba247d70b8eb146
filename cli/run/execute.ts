import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { ConfigError } from "../../shared/errors";
import { databaseDirectory, emptyDatabase, openDatabase } from "../database";
import type { EventFormat } from "../events/format";
import { generatedEvents } from "../events/generated";
import { openEvents } from "../events/open";
import type { EventSource } from "../events/source";
import { Failure } from "../failure";
import { counted, moment } from "../format";
import { type LoadedPipeline, loadPipeline } from "../load";
import { type CommonOptions, shown } from "../options";
import { createTerminal, type Terminal } from "../terminal";
import { producerId } from "./identity";
import { perform } from "./perform";
import { showSummary } from "./show";
import type { RunSummary } from "./summary";

export interface RunOptions extends CommonOptions {
  pipeline?: string;
  events?: string;
  format: EventFormat | "auto";
  count?: number;
  seed: number;
  database?: string;
  fresh?: boolean;
  workers?: number;
  partitions?: number;
  batch: number;
  rate?: number;
  model?: string;
  /** False with `--no-report`, true without either. */
  report: string | boolean;
}

/** Consumers of `run` and, unless told otherwise, of `work`: they share the partitions. */
export const GROUP = "default";

const DEFAULT_COUNT = 150_000;
const DEFAULT_PARTITIONS = 2;

export async function executeRun(options: RunOptions): Promise<void> {
  const terminal = createTerminal(options);
  const loaded = loadPipeline({ file: options.pipeline, model: options.model });
  const { pipeline } = loaded;
  const directory = databaseDirectory(pipeline, options.database);
  // Before anything is created or deleted, so that a mistake changes nothing.
  const source = await openSource(options, loaded);
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
      batchEvents: options.batch,
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

async function openSource(options: RunOptions, loaded: LoadedPipeline): Promise<EventSource> {
  const { events, format, count, seed } = options;
  if (events !== undefined) {
    if (count !== undefined)
      throw new ConfigError(
        "it is for generated events.",
        "option `--count`",
        "Leave it out, or leave out `--events`.",
      );
    return openEvents({ file: events, format });
  }
  if (loaded.generate) return generatedEvents({ generate: loaded.generate, seed, count: count ?? DEFAULT_COUNT });
  throw new ConfigError(
    "it has no events of its own.",
    `pipeline file ${shown(loaded.file)}`,
    "Name a file with `--events`, or `-` for standard input; or export a function `generate` that makes events.",
  );
}

function reportFile({ report }: RunOptions, directory: string): string | null {
  if (report === false) return null;
  return typeof report === "string" ? path.resolve(report) : path.join(directory, "report.html");
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

function conclude(summary: RunSummary, terminal: Terminal, options: RunOptions): void {
  if (terminal.json) terminal.data(summary);
  else showSummary(summary, terminal, { pipelineFile: options.pipeline });
  if (!summary.conservation.holds)
    throw new Failure(
      `EVENTS ARE MISSING: ${counted(summary.conservation.missing, "accepted event")} neither stored nor dead-lettered. Please report this, and keep ${shown(summary.database)}.`,
      { isInResult: true },
    );
  if (summary.interrupted) throw new Failure("interrupted; run the same command again to go on.", { isInResult: true });
}
