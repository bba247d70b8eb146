import { Command, Option } from "commander";
import { CLOUDS, type Cloud, INFERENCE_MODES, type InferenceMode } from "./cloud/emulated";
import { type CommonOptions, common, wholeNumber } from "./options";

const EXAMPLES = `
Examples:
  $ sluice emulate --cloud aws
  $ sluice emulate --cloud aws --pipeline my/pipeline.ts

It prints the variables that lead an SDK, and Sluice's own commands in another terminal, to the emulated services. All is in
memory: it is gone when the command ends.`;

export interface EmulateOptions extends CommonOptions {
  cloud: Cloud;
  pipeline?: string;
  model?: string;
  workers?: number;
  inference: InferenceMode;
}

/** `sluice emulate`: a cloud on this machine, for as long as the command runs. */
export function emulateCommand(): Command {
  const command = new Command("emulate")
    .description("run a pipeline on a cloud's emulated services until stopped")
    .addOption(new Option("--cloud <name>", "whose services").choices(CLOUDS).makeOptionMandatory())
    .option("-p, --pipeline <file>", "pipeline file (default: the card-fraud example)")
    .option("--model <file>", "another model than the pipeline's")
    .addOption(new Option("--inference <mode>", "where the model runs").choices(INFERENCE_MODES).default("in-process"))
    .option("--workers <number>", "function instances (default: one per core)", wholeNumber(1))
    .addHelpText("after", EXAMPLES)
    .action(async (options: EmulateOptions) => (await import("./cloud/emulate")).executeEmulate(options));
  return common(command);
}
