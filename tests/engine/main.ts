import { readdirSync } from "node:fs";
import path from "node:path";
import { CliMissing, findCli } from "./cli";
import { type Result, runScenario, type Scenario } from "./scenario";

/** Two at a time: a deployment keeps one core busy. */
const AT_ONCE = 2;
/** Scenarios are the files that start with a cloud's name: aws.in-process.ts. */
const SCENARIO_FILE = /^(?:aws|gcp|azure)\.[\w-]+\.ts$/;

const USAGE = "usage: npm run test:engine [-- <cloud or part of a scenario's name> | --prepare]";

/**
 * `npm run test:engine [-- <filter>]`: the real Pulumi engine over the real program. With `--prepare` it only sees to it that
 * there is a CLI. Answers with the exit code.
 */
async function main(filter: string): Promise<number> {
  if (filter === "--prepare") {
    await findCli(console.log);
    return 0;
  }
  const chosen = scenarios().filter(({ name }) => name.includes(filter));
  if (chosen.length === 0) {
    console.error(`no scenario's name contains "${filter}"\n${USAGE}`);
    return 2;
  }
  const started = performance.now();
  const cli = await findCli(console.log);
  console.log(`Pulumi ${cli.version} (${cli.origin}: ${cli.path}), ${chosen.length} scenarios\n`);

  const results = new Map<Scenario, Result>();
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await runScenario(next, cli, console.log);
      results.set(next, result);
      if (result.failure) console.log(`${next.name.padEnd(28)} FAILED at: ${result.failure.step}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  return tell(results, performance.now() - started);
}

function scenarios(): Scenario[] {
  const files = readdirSync(__dirname).filter((name) => SCENARIO_FILE.test(name));
  return files.sort().map((name) => (require(path.join(__dirname, name)) as { scenario: Scenario }).scenario);
}

function tell(results: ReadonlyMap<Scenario, Result>, ms: number): number {
  const failed = [...results].filter(([, { failure }]) => failure !== undefined);
  for (const [{ name }, { failure }] of failed) {
    console.error(`\n${name}: ${failure!.step} failed\n${failure!.message}`);
    if (failure!.output !== "") console.error(`\nwhat the CLI printed:\n${failure!.output.trim()}`);
  }
  const steps = [...results.values()].reduce((sum, result) => sum + result.steps, 0);
  const verdict = failed.length === 0 ? "all passed" : `${failed.length} failed`;
  console.log(`\n${results.size} scenarios, ${steps} steps, ${(ms / 1000).toFixed(0)} s: ${verdict}`);
  return failed.length === 0 ? 0 : 1;
}

main(process.argv[2] ?? "").then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof CliMissing ? error.message : error);
    process.exitCode = 1;
  },
);
