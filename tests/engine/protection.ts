import assert from "node:assert/strict";
import { type Expected, inCloud, succeeded, theOnly, updated } from "./expect";
import type { Outcome } from "./pulumi";
import type { Bench } from "./scenario";

export interface Protected {
  /** What `deletionProtection` changes, and changes back. */
  updates: Expected;
  /** Types of what it adds, one of each. */
  adds?: readonly string[];
  /** Types of what is still there after `destroy`. */
  kept: readonly string[];
  /** How the refusal begins or goes on. */
  because: RegExp;
}

/** Stores that are protected outlive `destroy`; what was deleted before the refusal comes back with `up`. */
export async function outliveDestroy(bench: Bench, { updates, adds = [], kept, because }: Protected): Promise<void> {
  const { pulumi, step, workspace } = bench;
  const protects = (outcome: Outcome): void => {
    succeeded(outcome);
    const own = outcome.steps.filter(({ type }) => adds.includes(type));
    assert.deepEqual(own.map(({ op, type }) => `${op} ${type}`).sort(), adds.map((type) => `create ${type}`).sort());
    updated(without(outcome, adds), updates);
  };
  workspace.configure({ deletionProtection: true });
  await step("preview of deletion protection", pulumi.preview, protects);
  await step("up of deletion protection", pulumi.up, protects);
  await step("destroy of what is protected", pulumi.destroy, async ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), because);
    const left = inCloud(await pulumi.state());
    for (const type of kept) theOnly(left, type);
  });
  workspace.configure({ deletionProtection: undefined });
  await step("up after the refusal", pulumi.up, (outcome) => {
    succeeded(outcome);
    const { steps, ...rest } = without(outcome, adds);
    updated({ ...rest, steps: steps.filter(({ op }) => op !== "create") }, updates);
    const types = workspace.cloud().map(({ type }) => type);
    assert.deepEqual(
      adds.filter((type) => types.includes(type)),
      [],
      "nothing protects any more",
    );
  });
}

function without(outcome: Outcome, types: readonly string[]): Outcome {
  return { ...outcome, steps: outcome.steps.filter(({ type }) => !types.includes(type)) };
}
