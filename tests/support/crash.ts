import { writeFileSync } from "node:fs";
import path from "node:path";
import type { StackOutputs } from "../../adapters/stack-outputs";
import { CULPRIT } from "../fixtures/pipelines/deadly";
import { sluiceJson } from "./cli";
import type { CloudPath } from "./cloud-path";

/** A pipeline whose function dies at one event: of itself as the variable DEATH says, not at all where that is `none`. */
export const DEADLY_PIPELINE = path.resolve(__dirname, "../fixtures/pipelines/deadly.ts");

/** Each way in which a function can end without an answer. */
export const DEATHS = {
  exit: "process.exit",
  loop: "an endless loop, until the timeout",
  memory: "too much memory",
};

const SIZE = 8;

/** Events of which one is deadly. */
export const BODIES: readonly string[] = Array.from({ length: SIZE }, (_, number) =>
  JSON.stringify({ id: `e${number}`, number }),
);

export const DEADLY_BODY = BODIES[CULPRIT]!;

/** Ids of all others, sorted. */
export const NEIGHBORS = BODIES.map((_, number) => `e${number}`)
  .filter((id) => id !== `e${CULPRIT}`)
  .sort();

/** Each event under a key of its own. */
export async function publishDeadly({ ingest }: Pick<CloudPath, "ingest">): Promise<void> {
  await ingest.publish({ keys: BODIES.map((_, number) => `k${number}`), bodies: BODIES });
}

export interface RedriveOptions {
  /** What the stack would put out, as far as it matters here. */
  outputs: Pick<StackOutputs, "cloud" | "region" | "ingest" | "store" | "deadLetters" | "archive">;
  /** A folder of the test's own. */
  directory: string;
  environment: Readonly<Record<string, string>>;
}

/** The command, as an operator calls it. */
export async function redrive({ outputs, directory, environment }: RedriveOptions): Promise<unknown> {
  const file = path.join(directory, "outputs.json");
  const unused = { actions: "", function: "f", dashboard: "" };
  writeFileSync(file, JSON.stringify({ ...unused, pipeline: "deadly", inference: "in-process", ...outputs }));
  const args = ["dead-letters", "redrive", "--all", "--json", "--stack", outputs.cloud, "--outputs", file];
  return sluiceJson(args, { cwd: directory, env: environment });
}
