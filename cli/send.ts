import { Command, Option } from "commander";
import type { Pipeline } from "../shared/pipeline";
import type { Deployment } from "./deployment";
import { type EventFormat, FORMATS } from "./events/format";
import { Failure } from "./failure";
import { count, counted, rate as formatRate } from "./format";
import { type CommonOptions, common, type DeploymentOptions, onDeployment, positiveNumber } from "./options";
import type { Target } from "./run/produce";
import { createTerminal } from "./terminal";

const EXAMPLES = `
Examples:
  $ sluice send --pipeline my/pipeline.ts --events my/events.ndjson
  $ my-producer | sluice send --pipeline my/pipeline.ts --events -
  $ sluice send --pipeline my/pipeline.ts --events today.csv --producer till-7/2026-11-22
  $ sluice send --pipeline my/pipeline.ts --events my/events.ndjson --stack aws

The events are durable when it ends; \`sluice work\` processes them. Sending the same file again appends nothing: its events
are numbered, and the log knows the last number of each producer. A pipe is a new producer each time, unless --producer
names it: then it has to bring the same events in the same order again.

With --stack they go into a deployed stack's stream, where its function picks them up. A cloud's stream knows no producers:
what is sent twice is there twice, and stored once by its id.`;

interface SendOptions extends CommonOptions, DeploymentOptions {
  events: string;
  format: EventFormat | "auto";
  producer?: string;
  rate?: number;
}

/** `sluice send`: append events to the stream. */
export function sendCommand(): Command {
  const command = onDeployment(new Command("send"), ".sluice/<pipeline name>")
    .description("append events to the log, or to a stack's stream")
    .requiredOption("-e, --events <file>", "events to send, - for standard input")
    .option("-p, --pipeline <file>", "pipeline file (default: the card-fraud example)")
    .addOption(new Option("--format <format>", "of the events").choices(FORMATS).default("auto"))
    .option("--producer <id>", "who sends: the same producer's events are numbered on (default: the file)")
    .option("--rate <number>", "events per second at most", positiveNumber)
    .addHelpText("after", EXAMPLES)
    .action(send);
  return common(command);
}

async function send(options: SendOptions): Promise<void> {
  const { chosenStack } = await import("./deployment");
  const { openEvents } = await import("./events/open");
  const { loadPipeline } = await import("../adapters/pipeline-file");
  const { systemClock } = await import("../adapters/system");
  const { producerId } = await import("./run/identity");
  const { onInterrupt } = await import("./run/interrupt");
  const { nothingProduced, produce } = await import("./run/produce");

  const terminal = createTerminal(options);
  const stack = chosenStack(options);
  const { pipeline } = loadPipeline({ file: options.pipeline });
  const source = await openEvents({ file: options.events, format: options.format });
  const destination = await open(options, stack, pipeline);
  const interrupt = onInterrupt({ onFirst: () => {}, onSecond: () => process.exit(1) });
  const produced = nothingProduced();
  const startedAt = performance.now();
  try {
    const producer = options.producer ?? producerId(pipeline, source);
    const { target } = destination;
    const { rate } = options;
    await produce({ source, target, pipeline, producer, rate, clock: systemClock, signal: interrupt.signal }, produced);

    const { received, accepted, alreadyAccepted, tooLong } = produced;
    const counts = { received, accepted, alreadyAccepted, tooLong, blankLines: source.blank() };
    const identity = { pipeline: pipeline.name, source: source.description };
    if (terminal.json) terminal.data({ ...identity, ...counts, producer, ...destination.identity });
    else {
      const perSecond = formatRate((received / (performance.now() - startedAt)) * 1_000);
      terminal.print(`${counted(accepted, "event")} appended to ${destination.location} (${perSecond})`);
      if (alreadyAccepted > 0) terminal.print(`${count(alreadyAccepted)} were there already`);
      if (tooLong > 0) terminal.print(`${count(tooLong)} too long for the log: dead-lettered with their first 64 KiB`);
    }
  } finally {
    interrupt.dispose();
    source.close();
    await destination.close();
  }
  if (!produced.isComplete && source.identity !== undefined)
    throw new Failure(
      stack === undefined
        ? "interrupted; send the same file again to go on."
        : "interrupted; send the same file again to go on: what comes twice is stored once, by its id.",
    );
}

type Destination = Pick<Deployment, "location" | "identity" | "close"> & { target: Target };

async function open(options: SendOptions, stack: string | undefined, pipeline: Pipeline): Promise<Destination> {
  if (stack !== undefined) {
    const { openStack } = await import("./deployment");
    const deployment = await openStack(stack, { outputs: options.outputs, pipeline });
    return { ...deployment, target: deployment };
  }
  const { databaseDirectory, openDatabase } = await import("./database");
  const { localDeployment } = await import("./deployment");
  const { localTarget } = await import("./run/produce");
  const database = await openDatabase({ directory: databaseDirectory(pipeline, options.database), pipeline });
  return { ...localDeployment(database), target: localTarget(database) };
}
