import { Command } from "commander";
import { shown } from "../adapters/shown";
import type { TelemetryEvent } from "../shared/telemetry";
import { count, counted, rate } from "./format";
import { type CommonOptions, common, positiveNumber, wholeNumber } from "./options";
import type { Tally } from "./run/tally";
import { createTerminal, type Terminal } from "./terminal";

const EXAMPLES = `
Examples:
  $ sluice work --pipeline my/pipeline.ts                  until Ctrl-C
  $ sluice work --pipeline my/pipeline.ts --until-drained  until everything is processed
  $ sluice work --group shadow --lease 2                   a group of its own: reads every event as well

Start it as often as there are partitions: the workers of a group share them, and when one dies, another has its
partitions within the lease time. Ctrl-C finishes the current batch, checkpoints it and gives the partitions back.`;

interface WorkCommandOptions extends CommonOptions {
  pipeline?: string;
  database?: string;
  model?: string;
  group: string;
  lease: number;
  batch: number;
  idle: number;
  untilDrained?: boolean;
}

const LINE_MS = 1_000;

/** `sluice work`: a worker that keeps consuming. */
export function workCommand(): Command {
  const command = new Command("work")
    .description("process events of the log as they come, until stopped")
    .option("-p, --pipeline <file>", "pipeline file (default: the card-fraud example)")
    .option("-d, --database <directory>", "where everything is kept (default: .sluice/<pipeline name>)")
    .option("--group <name>", "consumer group: its workers share the partitions", "default")
    .option("--lease <seconds>", "within this time others have the partitions of a worker that died", positiveNumber, 5)
    .option("--batch <number>", "events per batch", wholeNumber(1), 1_000)
    .option("--idle <ms>", "how long to wait when there is nothing to do", wholeNumber(1), 20)
    .option("--until-drained", "end when every event is processed")
    .option("--model <file>", "another model than the pipeline's")
    .addHelpText("after", EXAMPLES)
    .action(work);
  return common(command);
}

async function work(options: WorkCommandOptions): Promise<void> {
  const { databaseDirectory } = await import("./database");
  const { loadPipeline } = await import("../adapters/pipeline-file");
  const { openWorker } = await import("./open-worker");
  const { onInterrupt } = await import("./run/interrupt");
  const { createTally } = await import("./run/tally");

  const terminal = createTerminal(options);
  const load = { file: options.pipeline, model: options.model };
  const { pipeline } = loadPipeline(load);
  const directory = databaseDirectory(pipeline, options.database);
  const tally = createTally();
  const worker = await openWorker({
    load,
    directory,
    group: options.group,
    name: `work-${process.pid}`,
    batchEvents: options.batch,
    leaseMs: options.lease * 1_000,
    telemetry: (event) => {
      tally.telemetry(event);
      tellTrouble(event, terminal);
    },
  });
  const interrupt = onInterrupt({
    onFirst: () => terminal.note("stopping after the current batch ..."),
    onSecond: () => process.exit(1),
  });
  terminal.note(
    `${pipeline.name}: waiting for events in ${shown(directory)} (group ${options.group}, model ${worker.model.version})`,
  );
  const timer = setInterval(ticker(tally, terminal), LINE_MS);
  try {
    const summary = await worker.run({
      signal: interrupt.signal,
      idleMs: options.idle,
      untilDrained: options.untilDrained === true,
    });
    const { reasons, deadLettered: total, ...counts } = summary;
    const deadLettered = { total, byReason: reasons };
    if (terminal.json)
      terminal.data({ pipeline: pipeline.name, group: options.group, ...counts, deadLettered, database: directory });
    else terminal.print(`done: ${line(summary)}`);
  } finally {
    clearInterval(timer);
    interrupt.dispose();
    await worker.close();
  }
}

/** A line per second in which something happened. */
function ticker(tally: Tally, terminal: Terminal): () => void {
  let before = 0;
  return () => {
    const counts = tally.dump();
    if (counts.received === before) return;
    terminal.note(`${rate(((counts.received - before) / LINE_MS) * 1_000)} · ${line(counts)}`);
    before = counts.received;
  };
}

function line(counts: {
  received: number;
  stored: number;
  duplicates: number;
  deadLettered: number;
  retried: number;
}): string {
  const parts = [
    counted(counts.received, "event"),
    `${count(counts.stored)} stored`,
    `${count(counts.duplicates)} duplicates`,
    `${count(counts.deadLettered)} dead letters`,
    counts.retried > 0 ? `${count(counts.retried)} to be tried again` : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(" · ");
}

function tellTrouble(event: TelemetryEvent, terminal: Terminal): void {
  if (event.type === "breaker") terminal.note(`${event.stage}: circuit ${event.state}`);
  else if (event.type === "retry" && event.attempt > 1)
    terminal.note(
      `${event.stage}: ${event.code}, attempt ${event.attempt} failed; again in ${count(event.delayMs)} ms`,
    );
}
