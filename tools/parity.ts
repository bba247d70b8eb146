import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Table from "cli-table3";
import { Command, Option } from "commander";
import { CLOUDS, INFERENCE_MODES, type InferenceMode } from "../cli/cloud/emulated";
import { wholeNumber } from "../cli/options";
import { differences, fingerprint, predictionLines } from "./parity/compare";
import { CommandFailed, type Measured, runOn } from "./parity/platform";

interface Options {
  seed: number;
  count: number;
  inference: InferenceMode;
  pipeline?: string;
}

const program = new Command("npm run parity --")
  .description("Sends the same events through every platform, and fails if what comes of them differs.")
  .option("--seed <number>", "of the generated events", wholeNumber(0), 42)
  .option("-n, --count <number>", "events to generate", wholeNumber(1), 10_000)
  .addOption(new Option("--inference <mode>", "on the clouds").choices(INFERENCE_MODES).default("in-process"))
  .option("-p, --pipeline <file>", "with a generator of its own (default: the card-fraud example)")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(main);

/** The platform that the others are compared with. */
const FIRST = "local";

async function main({ seed, count, inference, pipeline }: Options): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), "sluice-parity-"));
  const runs: Measured[] = [];
  try {
    for (const platform of [FIRST, ...CLOUDS]) {
      console.error(`${platform}: ${count.toLocaleString("en-US")} events of seed ${seed} ...`);
      runs.push(await runOn({ platform, inference, pipeline, count, seed, directory }));
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  console.log(tableOf(runs));
  const found = differences(runs);
  if (found.length === 0) return console.log(`All ${runs.length} platforms made the same of the same events.`);
  fail(found);
}

function tableOf(runs: readonly Measured[]): string {
  const table = new Table({
    head: ["platform", "predictions", "sha-256", "dead letters", "sha-256", "duplicates", "actions", "events/s"],
    style: { head: [], border: [] },
  });
  for (const run of runs) {
    const { platform, predictions, letters, outcome, throughput } = run;
    const hashes = [fingerprint(predictionLines(run)), fingerprint(letters)].map((hash) => hash.slice(0, 12));
    const { duplicates, actions } = outcome;
    table.push([
      ...[platform, predictions.size, hashes[0], letters.length, hashes[1]],
      ...[duplicates, actions, Math.round(throughput)],
    ]);
  }
  return table.toString();
}

function fail(lines: readonly string[], exitCode = 1): void {
  console.error(lines.join("\n"));
  process.exitCode = exitCode;
}

program
  .parseAsync()
  .catch((error: Error) => fail([error.message], error instanceof CommandFailed ? error.exitCode : 1));
