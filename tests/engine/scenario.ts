import type { Cli } from "./cli";
import { type Outcome, openPulumi, type Pulumi } from "./pulumi";
import { openWorkspace, type Workspace } from "./workspace";

/** One configuration of a stack, from the first preview to the last resource deleted. */
export interface Scenario {
  /** The stack's cloud: what the command line selects by. */
  cloud: string;
  name: string;
  /** A project folder to run instead of the repository's program. */
  project?: string | undefined;
  run(bench: Bench): Promise<void>;
}

/** What a scenario works with. */
export interface Bench {
  workspace: Workspace;
  pulumi: Pulumi;
  /** Runs and reports one step; what `check` throws fails the scenario, together with what the CLI printed. */
  step(title: string, run: () => Promise<Outcome>, check: (outcome: Outcome) => void | Promise<void>): Promise<void>;
}

export interface Result {
  steps: number;
  /** Undefined if all went well. */
  failure: Failure | undefined;
}

export interface Failure {
  step: string;
  message: string;
  /** What the CLI printed in the step that failed. */
  output: string;
}

/** Runs a scenario in a workspace of its own. `report` gets a line per step. */
export async function runScenario(scenario: Scenario, cli: Cli, report: (line: string) => void): Promise<Result> {
  const { cloud, project, name } = scenario;
  const stack = cloud;
  const workspace = openWorkspace({ cli: cli.path, provider: PROVIDERS[cloud] ?? cloud, stack, project });
  let steps = 0;
  let current = { title: "stack init", output: "" };

  const bench: Bench = {
    workspace,
    pulumi: openPulumi(cli.path, workspace, stack),
    async step(title, run, check) {
      current = { title, output: "" };
      const outcome = await run();
      current.output = outcome.text;
      await check(outcome);
      steps++;
      report(`${name.padEnd(28)} ${title.padEnd(44)} ${seconds(outcome.ms)}  ${summarize(outcome)}`);
    },
  };

  try {
    await bench.pulumi.init();
    await scenario.run(bench);
    return { steps, failure: undefined };
  } catch (error) {
    return { steps, failure: { step: current.title, message: (error as Error).message, output: current.output } };
  } finally {
    workspace.close();
  }
}

const PROVIDERS: Readonly<Record<string, string>> = { azure: "azure-native" };

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`.padStart(7);
}

/** `46 create, 2 update`, or the exit code of a command that was meant to fail. */
function summarize({ code, steps }: Outcome): string {
  if (code !== 0) return `refused, exit code ${code}`;
  const counts = new Map<string, number>();
  for (const { op } of steps) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, count]) => `${count} ${op}`).join(", ");
}
