import { Command, Option } from "commander";
import { ERROR_CODES } from "../shared/errors";
import { common, limit, moment, onDeployment } from "./options";

const EXAMPLES = `
Examples:
  $ sluice dead-letters list --code schema --limit 5
  $ sluice dead-letters show 1x2y3z-4a5b6c --payload       the event itself is only shown when asked for
  $ sluice dead-letters redrive --code schema              after the pipeline was corrected
  $ sluice dead-letters export --out letters.ndjson
  $ sluice dead-letters list --stack aws                   those of a deployed stack

A redriven event goes through the log again like a new one; its letter is taken out once the event is durable there.`;

/** `sluice dead-letters`: what could not be processed: look at it, send it again, take it elsewhere. */
export function deadLettersCommand(): Command {
  const group = new Command("dead-letters").description("events that could not be processed, with their reasons");

  const list = new Command("list")
    .description("list letters, oldest first, without the events themselves")
    .option("-n, --limit <number|all>", "how many at most", limit, 20)
    .action(async (options) => (await import("./letters/list")).list(options));
  const show = new Command("show")
    .description("show one letter")
    .argument("<id>", "as `list` shows it")
    .option("--payload", "with the event itself")
    .action(async (id: string, options) => (await import("./letters/show")).show(id, options));
  const redrive = new Command("redrive")
    .description("send the events again and take the letters out")
    .argument("[ids...]", "letters; or choose them with --code, --from or --all")
    .option("--all", "every letter")
    .action(async (ids: string[], options) => (await import("./letters/redrive")).redrive(ids, options));
  const exported = new Command("export")
    .description("write letters to a file, one JSON object per line, with the events in base64")
    .requiredOption("-o, --out <file>", "must not exist yet; - for standard output")
    .option("-n, --limit <number|all>", "how many at most", limit, Number.MAX_SAFE_INTEGER)
    .action(async (options) => (await import("./letters/export")).exportLetters(options));

  for (const command of [list, redrive, exported])
    command
      .addOption(new Option("--code <code>", "only this reason").choices(ERROR_CODES))
      .option("--from <time>", "only those that failed at or after", moment);
  for (const command of [list, show, redrive, exported])
    group.addCommand(
      common(
        onDeployment(command, "the only one in .sluice").option("-p, --pipeline <file>", "the pipeline whose it is"),
      ),
    );
  return group.helpOption("-h, --help", "print help").addHelpText("after", EXAMPLES);
}
