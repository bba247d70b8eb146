import assert from "node:assert/strict";
import { stackOutputs } from "../../adapters/stack-outputs";
import { allAre, changed, type Expected, inCloud, replaced, succeeded } from "./expect";
import { UNKNOWN } from "./provider/values";
import type { StateResource } from "./pulumi";
import type { Bench } from "./scenario";
import type { Workspace } from "./workspace";

/** A change of the project, and what it may do to the stack: the inputs that change, by the type of their resource. */
export interface Change {
  make(workspace: Workspace): void;
  updates: Expected;
  /** What is replaced, new before old; nothing, if left out. */
  replaces?: Expected;
  /** What else is to be seen in the state afterwards. */
  check?: (state: readonly StateResource[]) => void;
}

export interface Keys {
  make(workspace: Workspace): void;
  undo(workspace: Workspace): void;
  replaces: Expected;
  /** What is replaced first goes, and then comes again. */
  oldGoes?: "first" | "last";
}

export interface Lifecycle {
  /** What the configuration adds to the committed stack file. */
  config: Record<string, unknown>;
  /** Types of resources that this configuration has, and that it does not. */
  has: readonly string[];
  hasNot: readonly string[];
  /** Providers that are started, and no others. */
  providers: readonly string[];
  outputs: Readonly<Record<string, RegExp>>;
  /** Another version of the pipeline's code. */
  code: Change;
  /** A setting of the store. */
  store: Change;
  /** A change of the store's keys: only shown, because it would lose what is stored. */
  keys: Keys;
  /** What else this configuration has to show, between the changes and the end. */
  more?: (bench: Bench) => Promise<void>;
}

/** A stack from the first preview to the last resource deleted, through the changes that a real one sees. */
export async function liveThrough(bench: Bench, life: Lifecycle): Promise<void> {
  const { pulumi, workspace } = bench;
  workspace.configure(life.config);

  let planned = 0;
  await bench.step("preview", pulumi.preview, (outcome) => {
    succeeded(outcome);
    allAre(outcome, "create");
    planned = outcome.steps.length;
  });
  await bench.step("up", pulumi.up, async (outcome) => {
    succeeded(outcome);
    allAre(outcome, "create");
    assert.equal(outcome.steps.length, planned, "the preview showed as many resources as were made");
    await checkState(bench, life);
    assert.deepEqual(workspace.started(), life.providers);
    await checkOutputs(bench, life.outputs);
  });
  await noChanges(bench);

  await change(bench, "code", life.code);
  await change(bench, "store", life.store);
  life.keys.make(workspace);
  await bench.step("preview of other keys in the store", pulumi.preview, (outcome) => {
    succeeded(outcome);
    replaced(outcome, life.keys.replaces, life.keys.oldGoes);
  });
  life.keys.undo(workspace);
  await life.more?.(bench);

  await bench.step("refresh --expect-no-changes", () => pulumi.refresh("--expect-no-changes"), succeeded);
  await noChanges(bench);
  await bench.step("destroy", pulumi.destroy, async (outcome) => {
    succeeded(outcome);
    allAre(outcome, "delete");
    assert.deepEqual(await pulumi.state(), [], "nothing is left in the state");
    assert.deepEqual(workspace.cloud(), [], "nothing is left in the cloud");
  });
}

/** Makes a change, and sees that the update touches what it should and nothing else. */
export async function change(
  { step, pulumi, workspace }: Bench,
  title: string,
  { make, updates, replaces = {}, check }: Change,
): Promise<void> {
  make(workspace);
  await step(`up of a change: ${title}`, pulumi.up, async (outcome) => {
    succeeded(outcome);
    changed(outcome, updates, replaces);
    check?.(await pulumi.state());
  });
}

/** A program that is not deterministic, or a resource that never settles, shows here. */
export function noChanges({ step, pulumi }: Bench): Promise<void> {
  return step(
    "preview --expect-no-changes",
    () => pulumi.preview("--expect-no-changes"),
    (outcome) => {
      succeeded(outcome);
      allAre(outcome, "same");
    },
  );
}

async function checkState({ pulumi, workspace }: Bench, { has, hasNot }: Lifecycle): Promise<void> {
  const state = await pulumi.state();
  const resources = inCloud(state);
  const key = ({ type, id }: { type: string; id?: string }) => `${type} ${id}`;
  assert.deepEqual(resources.map(key).sort(), workspace.cloud().map(key).sort(), "state and cloud agree");
  assert.ok(!JSON.stringify(state).includes(UNKNOWN), "nothing in the state is unknown");

  const types = new Set(resources.map(({ type }) => type));
  assert.deepEqual(
    has.filter((type) => !types.has(type)),
    [],
    "the configuration adds these",
  );
  assert.deepEqual(
    hasNot.filter((type) => types.has(type)),
    [],
    "the configuration leaves these out",
  );
}

async function checkOutputs({ pulumi }: Bench, expected: Lifecycle["outputs"]): Promise<void> {
  const outputs = await pulumi.outputs();
  assert.deepEqual(Object.keys(outputs).sort(), Object.keys(stackOutputs.shape).sort());
  stackOutputs.parse(outputs);
  for (const [name, pattern] of Object.entries(expected)) assert.match(String(outputs[name]), pattern, name);
}
