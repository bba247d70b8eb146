import { Command } from "commander";
import { common, moment, onDeployment, wholeNumber } from "./options";

const EXAMPLES = `
Examples:
  $ sluice replay                                          what is stored already stays as it is
  $ sluice replay --pipeline my/pipeline.ts --from 2026-11-22T08:00Z --to 2026-11-22T09:00Z
  $ sluice replay --model better.onnx --into .sluice/better
  $ sluice replay --stack aws --from 2026-11-22 --into .sluice/check

Events are read back from the log, by the time at which they were accepted. Without --into, events that are stored already
are only counted, so a replay can be repeated or stopped at any time. With --into, predictions go to another database,
which is then compared with this one, prediction by prediction. A stack's events come from its archive, and the model runs
in this process.`;

/** `sluice replay`: score archived events again. */
export function replayCommand(): Command {
  const command = onDeployment(new Command("replay"), ".sluice/<pipeline name>")
    .description("score events of the log again, into the same or another database")
    .option("-p, --pipeline <file>", "pipeline file (default: the card-fraud example)")
    .option("--model <file>", "another model than the pipeline's")
    .option("--into <directory>", "another database, to compare with this one")
    .option("--from <time>", "accepted at or after", moment)
    .option("--to <time>", "accepted before", moment)
    .option("--batch <number>", "events per batch", wholeNumber(1), 1_000)
    .addHelpText("after", EXAMPLES)
    .action(async (options) => (await import("./replay/execute")).executeReplay(options));
  return common(command);
}
