/**
 * The `sluice` command: subcommands, and what every one of them does with errors, signals and its output.
 * Only what is needed to read the arguments is imported here; a subcommand loads its own parts when it runs.
 * @module
 */
import { Console } from "node:console";
import { Command, CommanderError } from "commander";
import packageJson from "../package.json";
import { deadLettersCommand } from "./dead-letters";
import { emulateCommand } from "./emulate";
import { exitCodeOf, report } from "./failure";
import { initCommand } from "./init";
import { predictionsCommand } from "./predictions";
import { replayCommand } from "./replay";
import { runCommand } from "./run";
import { sendCommand } from "./send";
import { workCommand } from "./work";
import { workerCommand } from "./worker";

const EXAMPLES = `
Examples:
  $ sluice run                                         the card-fraud example, with generated events
  $ sluice run --pipeline my/pipeline.ts --events my/events.ndjson
  $ sluice run --cloud aws                             the same through Kinesis, Lambda and DynamoDB, emulated here
  $ sluice init my-pipeline                            a pipeline of your own to start from
  $ sluice predictions --newest                        what was stored
  $ sluice dead-letters list                           what could not be processed, and why

Exit codes: 0 done; 1 failed or interrupted; 2 a mistake in the arguments, the files or the pipeline.
Every command takes --json (one JSON document, or one per line) and --debug (stack traces).`;

export function createProgram(): Command {
  const program = new Command("sluice")
    .description("Real-time streaming inference on your own machine, with the guarantees it has in the cloud.")
    .version(packageJson.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .addHelpText("after", EXAMPLES)
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => {} });
  for (const command of [
    runCommand(),
    sendCommand(),
    workCommand(),
    predictionsCommand(),
    deadLettersCommand(),
    replayCommand(),
    emulateCommand(),
    initCommand(),
  ])
    program.addCommand(settled(command));
  program.addCommand(settled(workerCommand()), { hidden: true });
  return program.exitOverride();
}

/** Resolves when the command has ended and its output is out; `process.exitCode` says how. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  // Standard output is for results alone: what a pipeline file prints goes to standard error.
  globalThis.console = new Console(process.stderr, process.stderr);
  process.stdout.on("error", ignoreClosedPipe);
  process.stderr.on("error", ignoreClosedPipe);
  stopWithParent(argv);
  try {
    await createProgram().parseAsync([...argv]);
  } catch (thrown) {
    const isHelp = thrown instanceof CommanderError && thrown.exitCode === 0;
    if (!isHelp) report(thrown, { json: argv.includes("--json"), debug: argv.includes("--debug") });
    process.exitCode = isHelp ? 0 : exitCodeOf(thrown);
  }
  await Promise.all([process.stdout, process.stderr].map(flushed));
}

/** Once everything that was written is in the reader's hands, or the reader has gone. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write("", () => resolve());
  });
}

/** Errors of the arguments reach `main` instead of ending the process, in subcommands of subcommands too. */
function settled(command: Command): Command {
  command
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError();
  for (const child of command.commands) settled(child);
  return command;
}

/** `sluice predictions | head` ends when head does, without a word. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
}

/** Whoever started this process with a channel and is gone by now has asked it to end. Workers watch it themselves. */
function stopWithParent(argv: readonly string[]): void {
  if (process.channel === undefined || argv[2] === "worker") return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
