import { Command, Option } from "commander";
import { ConfigError } from "../shared/errors";
import { CLOUDS, INFERENCE_MODES } from "./cloud/emulated";
import { FORMATS } from "./events/format";
import { common, positiveNumber, wholeNumber } from "./options";
import type { RunOptions } from "./run/begin";

const EXAMPLES = `
Examples:
  $ sluice run                                             150,000 generated card transactions
  $ sluice run --count 1000000 --workers 2                 more of them
  $ sluice run --pipeline my/pipeline.ts --events my/events.ndjson
  $ sluice run --pipeline examples/occupancy/pipeline.ts --events datatest.txt
  $ tail -f events.ndjson | sluice run --pipeline my/pipeline.ts --events -
  $ sluice run --cloud aws                                 Kinesis, Lambda and DynamoDB, emulated: no account
  $ sluice run --json --no-report | jq .latency.endToEnd

Events are one JSON object per line, or CSV with a header. The same command, run again after a crash or Ctrl-C, goes on
where it stopped; run again after it has finished, it finds everything in the database and says so.

Exit codes: 0 done; 1 failed, or interrupted (run the same command to go on); 2 a mistake in arguments, files or pipeline.`;

/** `sluice run`: send events, process them, say what came of it. */
export function runCommand(): Command {
  const command = new Command("run")
    .description("send events through a pipeline on this machine and sum up what came of it")
    .addOption(new Option("--cloud <name>", "through a cloud's own path, emulated on this machine").choices(CLOUDS))
    .addOption(new Option("--inference <mode>", "of a cloud run: where the model runs").choices(INFERENCE_MODES))
    .option("-p, --pipeline <file>", "pipeline file (default: the card-fraud example)")
    .option("-e, --events <file>", "events to process, - for standard input (default: the pipeline's own generator)")
    .addOption(new Option("--format <format>", "of the events").choices(FORMATS).default("auto"))
    .option("-n, --count <number>", "events to generate (default: 150000)", wholeNumber(1))
    .option("--seed <number>", "of the generated events", wholeNumber(0), 42)
    .option("-d, --database <directory>", "where everything is kept (default: .sluice/<pipeline name>)")
    .option("--fresh", "empty the database first")
    .option("--workers <number>", "worker processes (default: one per core, at most one per partition)", wholeNumber(1))
    .option(
      "--partitions <number>",
      "of a new database: the most workers that can share it (default: 2)",
      wholeNumber(1),
    )
    .option("--batch <number>", "events per batch (default: 1000, or the cloud's own)", wholeNumber(1))
    .option("--rate <number>", "events per second at most", positiveNumber)
    .option("--model <file>", "another model than the pipeline's")
    .option("--report <file>", "where to write the HTML report (default: report.html in the database)")
    .option("--no-report", "write no report")
    .addHelpText("after", EXAMPLES)
    .action(async (options: RunOptions) => {
      refuseMixed(options);
      const { cloud } = options;
      if (cloud === undefined) return (await import("./run/execute")).executeRun(options);
      return (await import("./cloud/run")).executeCloudRun(cloud, options);
    });
  return common(command);
}

/** An option that would do nothing is a mistake. */
function refuseMixed({ cloud, inference, batch, partitions }: RunOptions): void {
  if (cloud === undefined && inference !== undefined)
    throw new ConfigError("it belongs to a cloud run.", "option `--inference`", "Add `--cloud`, or leave it out.");
  for (const [name, value] of Object.entries({ batch, partitions }))
    if (cloud !== undefined && value !== undefined)
      throw new ConfigError(
        "it is for the embedded database; a cloud run has the stack's own setting.",
        `option \`--${name}\``,
        "Leave it out, or leave out `--cloud`.",
      );
}
