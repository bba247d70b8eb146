import assert from "node:assert/strict";
import { type Expected, inCloud, succeeded, theOnly, updated } from "./expect";
import { change } from "./lifecycle";
import type { Bench } from "./scenario";

export interface Protected {
  /** What `deletionProtection` changes, and changes back. */
  updates: Expected;
  /** Types of what is still there after `destroy`. */
  kept: readonly string[];
  /** How the refusal begins or goes on. */
  because: RegExp;
}

/** Stores that are protected outlive `destroy`; what was deleted before the refusal comes back with `up`. */
export async function outliveDestroy(bench: Bench, { updates, kept, because }: Protected): Promise<void> {
  const { pulumi, step, workspace } = bench;
  workspace.configure({ deletionProtection: true });
  await step("preview of deletion protection", pulumi.preview, (outcome) => updated(outcome, updates));
  await change(bench, "deletion protection", { make: () => {}, updates });
  await step("destroy of what is protected", pulumi.destroy, async ({ code, errors }) => {
    assert.notEqual(code, 0);
    assert.match(errors.join("\n"), because);
    const left = inCloud(await pulumi.state());
    for (const type of kept) theOnly(left, type);
  });
  workspace.configure({ deletionProtection: undefined });
  await step("up after the refusal", pulumi.up, (outcome) => {
    succeeded(outcome);
    updated({ ...outcome, steps: outcome.steps.filter(({ op }) => op !== "create") }, updates);
  });
}
