import { Command } from "commander";
import { shown } from "../adapters/shown";
import { type CommonOptions, commandName, common, quoted } from "./options";
import { createTerminal } from "./terminal";

const EXAMPLES = `
Examples:
  $ sluice init my-pipeline
  $ sluice run --pipeline my-pipeline/pipeline.ts --events my-pipeline/events.ndjson

No file is ever overwritten.`;

/** `sluice init`: a small pipeline that works, to change step by step into one's own. */
export function initCommand(): Command {
  const command = new Command("init")
    .description("make a pipeline of your own to start from")
    .argument("<directory>", "a new one, or one without files of these names")
    .addHelpText("after", EXAMPLES)
    .action(init);
  return common(command);
}

async function init(directory: string, options: CommonOptions): Promise<void> {
  const { scaffold } = await import("./template/scaffold");
  const terminal = createTerminal(options);
  const created = scaffold(directory);
  const folder = quoted(shown(created.directory));
  const next = `${commandName()} run --pipeline ${folder}/pipeline.ts --events ${folder}/events.ndjson`;
  if (terminal.json) return terminal.data({ ...created, next });
  terminal.print(`${shown(created.directory)}:`);
  for (const [name, what] of Object.entries(created.files))
    terminal.print(`  ${name.padEnd(14)}  ${terminal.colors.dim(what)}`);
  terminal.print(`\nrun it:  ${next}`);
}
