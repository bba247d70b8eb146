import { Command, Option } from "commander";
import { type EventFormat, FORMATS } from "./events/format";
import { Failure } from "./failure";
import { count, counted, rate as formatRate } from "./format";
import { type CommonOptions, common, positiveNumber, shown } from "./options";
import { createTerminal } from "./terminal";

const EXAMPLES = `
Examples:
  $ sluice send --pipeline my/pipeline.ts --events my/events.ndjson
  $ my-producer | sluice send --pipeline my/pipeline.ts --events -
  $ sluice send --pipeline my/pipeline.ts --events today.csv --producer till-7/2026-11-22

The events are durable when it ends; \`sluice work\` processes them. Sending the same file again appends nothing: its events
are numbered, and the log knows the last number of each producer. A pipe is a new producer each time, unless --producer
names it: then it has to bring the same events in the same order again.`;

interface SendOptions extends CommonOptions {
  pipeline?: string;
  events: string;
  format: EventFormat | "auto";
  database?: string;
  producer?: string;
  rate?: number;
}

/** `sluice send`: append events to the log. */
export function sendCommand(): Command {
  const command = new Command("send")
    .description("append events to the log; `sluice work` processes them")
    .requiredOption("-e, --events <file>", "events to send, - for standard input")
    .option("-p, --pipeline <file>", "pipeline file (default: the card-fraud example)")
    .addOption(new Option("--format <format>", "of the events").choices(FORMATS).default("auto"))
    .option("-d, --database <directory>", "where everything is kept (default: .sluice/<pipeline name>)")
    .option("--producer <id>", "who sends: the same producer's events are numbered on (default: the file)")
    .option("--rate <number>", "events per second at most", positiveNumber)
    .addHelpText("after", EXAMPLES)
    .action(send);
  return common(command);
}

async function send(options: SendOptions): Promise<void> {
  const { databaseDirectory, openDatabase } = await import("./database");
  const { openEvents } = await import("./events/open");
  const { loadPipeline } = await import("./load");
  const { systemClock } = await import("../adapters/system");
  const { producerId } = await import("./run/identity");
  const { onInterrupt } = await import("./run/interrupt");
  const { nothingProduced, produce } = await import("./run/produce");

  const terminal = createTerminal(options);
  const { pipeline } = loadPipeline({ file: options.pipeline });
  const source = await openEvents({ file: options.events, format: options.format });
  const directory = databaseDirectory(pipeline, options.database);
  const database = await openDatabase({ directory, pipeline });
  const interrupt = onInterrupt({ onFirst: () => {}, onSecond: () => process.exit(1) });
  const produced = nothingProduced();
  const startedAt = performance.now();
  try {
    const producer = options.producer ?? producerId(pipeline, source);
    const { rate } = options;
    await produce(
      { source, database, pipeline, producer, rate, clock: systemClock, signal: interrupt.signal },
      produced,
    );

    const { received, accepted, alreadyAccepted, tooLong } = produced;
    const result = {
      received,
      accepted,
      alreadyAccepted,
      tooLong,
      blankLines: source.blank(),
      producer,
      database: directory,
    };
    if (terminal.json) terminal.data({ pipeline: pipeline.name, source: source.description, ...result });
    else {
      const perSecond = formatRate((received / (performance.now() - startedAt)) * 1_000);
      terminal.print(`${counted(accepted, "event")} appended to ${shown(directory)} (${perSecond})`);
      if (alreadyAccepted > 0) terminal.print(`${count(alreadyAccepted)} were there already`);
      if (tooLong > 0) terminal.print(`${count(tooLong)} too long for the log: dead-lettered with their first 64 KiB`);
    }
  } finally {
    interrupt.dispose();
    source.close();
    await database.close();
  }
  if (!produced.isComplete && source.identity !== undefined)
    throw new Failure("interrupted; send the same file again to go on.");
}
